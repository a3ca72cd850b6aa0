import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";

// A handler that does nothing, in the framework that the API is built with: what serving costs at least. Prints its port.
const app = new Hono();
app.post("/analyze-flow", (context) => context.json({ status: "OK" }));
const listener = getRequestListener(app.fetch);
const server = createServer((request, response) => void listener(request, response));
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
