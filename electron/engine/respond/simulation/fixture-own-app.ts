import { execFile } from "node:child_process";
import { createServer, get } from "node:http";

/** For tests: an application of somebody's own, in its own way broken. */
const [port = "0", manner = "plain", ...servers] = process.argv.slice(2);

/** Asks a server by the proxy that its environment names. */
const ask = (path: string) =>
  new Promise<void>((done) => {
    const { hostname, port: proxyPort } = new URL(process.env.http_proxy ?? "http://127.0.0.1:9");
    const call = get({ host: hostname, port: proxyPort, path, agent: false }, (answer) =>
      answer.resume().on("end", done),
    );
    call.on("error", () => done());
  });

if (manner === "hangs") setInterval(() => undefined, 60_000);
else if (manner === "ends") process.exit(5);
else {
  createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    if (manner === "floods") for (let i = 0; i < 2_000; i += 1) process.stdout.write(`${"x".repeat(900)}\n`);
    if (manner === "silent" && url.pathname !== "/") return;
    if (manner === "falls" && url.searchParams.get("q")?.includes("'")) process.exit(9);
    if (url.pathname === "/page") for (const server of servers) await ask(server);
    // A reader of documents that fetches what their entities name.
    const entity = /<!ENTITY \w+ SYSTEM "(http:[^"]+)"/.exec(url.searchParams.get("q") ?? "")?.[1];
    if (manner === "fetches" && entity !== undefined) {
      await new Promise<void>((done) =>
        get(entity, { agent: false }, (answer) => answer.resume().on("end", done)).on("error", () => done()),
      );
    }
    response.setHeader("content-type", "text/html");
    if (url.pathname === "/run") {
      execFile("/bin/sh", ["-c", `true ${url.searchParams.get("q")}`], (_error, out) => response.end(out));
      return;
    }
    response.end(`<p>${url.searchParams.get("q") ?? ""}</p>`);
  }).listen(Number(port), "127.0.0.1");
}
