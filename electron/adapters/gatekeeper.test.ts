import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { createGatekeeperCaller, isPrivateAddress } from "./gatekeeper.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  servers.push(server);
  await new Promise((resolve) => server.once("listening", resolve));
  return (server.address() as AddressInfo).port;
}

const put = { method: "PUT", path: "/v1/rules", body: "{}" } as const;

test.each([
  { address: "127.0.0.1", is: true },
  { address: "10.1.2.3", is: true },
  { address: "192.168.0.9", is: true },
  { address: "::1", is: true },
  { address: "fd00::1", is: true },
  { address: "::ffff:10.0.0.1", is: true },
  { address: "169.254.169.254", is: false },
  { address: "fe80::1", is: false },
  { address: "8.8.8.8", is: false },
  { address: "::ffff:8.8.8.8", is: false },
  { address: "0.0.0.0", is: false },
  { address: "localhost", is: false },
])("$address is private: $is", ({ address, is }) => {
  expect(isPrivateAddress(address)).toBe(is);
});

describe("a gatekeeper is called", () => {
  test("by a name that leads to this machine", async () => {
    const port = await serve((_request, response) => response.end("well"));
    const call = createGatekeeperCaller();
    expect(await call({ address: `http://localhost:${port}`, is_public: false }, put)).toBe("well");
  });

  test.each(["http://8.8.8.8", "http://[2001:4860:4860::8888]:80", "http://169.254.169.254"])(
    "not at %s unless it may be public",
    async (address) => {
      await expect(createGatekeeperCaller(500)({ address, is_public: false }, put)).rejects.toMatchObject({
        code: "UNAVAILABLE",
        message: expect.stringContaining("no address of this machine"),
      });
    },
  );

  test("and a redirection is not followed, an endless answer not read to its end, silence not waited for", async () => {
    let reached = false;
    const other = await serve((_request, response) => {
      reached = true;
      response.end();
    });
    const port = await serve((request, response) => {
      if (request.url === "/v1/rules") response.writeHead(307, { location: `http://127.0.0.1:${other}/` }).end();
      else if (request.url === "/v1/state") {
        const more = () => {
          while (response.write(Buffer.alloc(65_536))) {}
        };
        response.on("drain", more);
        more();
      }
    });
    const at = { address: `http://127.0.0.1:${port}`, is_public: false };
    const call = createGatekeeperCaller();
    await expect(call(at, put)).rejects.toThrow("answers with status 307");
    expect(reached).toBe(false);
    await expect(call(at, { method: "POST", path: "/v1/state", body: "" })).rejects.toThrow("too large");
    await expect(createGatekeeperCaller(100)(at, { method: "POST", path: "/v1/hits", body: "" })).rejects.toThrow(
      "too long",
    );
  });
});
