import { connect, createServer } from "node:net";
import { pipeline } from "node:stream";

/** Where the proxy that records lies inside; the supervisor mounts it there for runs that may reach somebody. */
const proxySocket = "/run/sentinel-egress.sock";
const port = 3128;

/**
 * An HTTP proxy on the sandbox's own loopback, which is the supervisor's proxy behind a socket: programs know proxies by host and port.
 * One serves everything in the sandbox. It judges and records nothing: what is inside could change that. Ends with its process.
 *
 * @returns what names the proxy to what is started; what is on the sandbox's own loopback is reached without it
 */
export async function openEgressRelay(): Promise<Readonly<Record<string, string>>> {
  const relay = createServer({ allowHalfOpen: true }, (client) => {
    // An end of either side, whatever its reason, is the end of both.
    pipeline(client, connect({ path: proxySocket, allowHalfOpen: true }), client, () => undefined);
  });
  await new Promise<void>((resolve, reject) => {
    relay.once("error", reject);
    relay.listen(port, "127.0.0.1", resolve);
  });
  relay.unref();
  const proxy = `http://127.0.0.1:${port}`;
  const none = "127.0.0.1,localhost";
  return {
    ...{ http_proxy: proxy, https_proxy: proxy, HTTP_PROXY: proxy, HTTPS_PROXY: proxy },
    ...{ no_proxy: none, NO_PROXY: none, NODE_USE_ENV_PROXY: "1" },
  };
}
