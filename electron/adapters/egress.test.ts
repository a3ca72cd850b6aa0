import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Destination } from "../engine/agent/assistant-ports.ts";
import { createEgress } from "./egress.ts";

let server: Server;
let origin: string;
let asked: string[];
beforeEach(async () => {
  asked = [];
  server = createServer((request, reply) => {
    asked.push(request.url ?? "");
    if (request.url === "/away") reply.writeHead(302, { location: "/other" }).end();
    else reply.end("here");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});
afterEach(() => server.close());

const to = (more: Partial<Destination> = {}): Destination => ({
  purpose: "planner",
  origin,
  addresses: null,
  ...more,
});

test("what is listed is reached, and it is heard before it leaves", async () => {
  const heard: Destination[] = [];
  const { fetchFor } = createEgress([to()], (one) => heard.push(one));
  expect(await (await fetchFor("planner")(`${origin}/x`)).text()).toBe("here");
  expect(await (await fetchFor("planner")(new Request(`${origin}/y`))).text()).toBe("here");
  expect(heard).toEqual([to(), to()]);
});

test.each([
  { why: "a host that is not listed", listed: () => to({ origin: "http://127.0.0.1:1" }), purpose: "planner" as const },
  { why: "another purpose", listed: () => to({ purpose: "mcp" }), purpose: "planner" as const },
  {
    why: "another scheme",
    listed: () => to({ origin: origin.replace("http:", "https:") }),
    purpose: "planner" as const,
  },
])("$why is not reached", async ({ listed, purpose }) => {
  await expect(createEgress([listed()], () => {}).fetchFor(purpose)(`${origin}/x`)).rejects.toMatchObject({
    code: "FORBIDDEN",
  });
  expect(asked).toEqual([]);
});

test("a redirection is not followed", async () => {
  await expect(createEgress([to()], () => {}).fetchFor("planner")(`${origin}/away`)).rejects.toThrow();
  expect(asked).toEqual(["/away"]);
});

test("a worker that is neither here nor at an allowed address is not called", async () => {
  for (const away of [
    "http://93.184.215.14:11434",
    "http://169.254.169.254",
    "http://10.0.0.8",
    "http://[2606:2800::1]:11434",
  ]) {
    const { fetchFor } = createEgress([to({ purpose: "worker", origin: away, addresses: ["10.0.0.7"] })], () => {});
    await expect(fetchFor("worker")(away)).rejects.toMatchObject({ code: "FORBIDDEN" });
  }
  const { fetchFor } = createEgress([to({ purpose: "worker", addresses: [] })], () => {});
  expect((await fetchFor("worker")(origin)).status).toBe(200);
});

test("a name is called at the address that was looked at, with what was to be sent", async () => {
  const named = origin.replace("127.0.0.1", "localhost");
  const called: string[] = [];
  const { fetchFor } = createEgress([to({ purpose: "worker", origin: named, addresses: [] })], () => {});
  server.prependListener("request", (request) => called.push(`${request.method} ${request.headers.host}`));
  await fetchFor("worker")(`${named}/x`, { method: "POST", body: "a" });
  await fetchFor("worker")(new Request(`${named}/y`, { method: "PUT", body: "b" }));
  const { host } = new URL(origin);
  expect(called).toEqual([`POST ${host}`, `PUT ${host}`]);
  expect(asked).toEqual(["/x", "/y"]);
});
