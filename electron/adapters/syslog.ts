import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { SentinelError } from "../../shared/errors.ts";
import type { SyslogSender } from "../engine/store/syslog-message.ts";

const connectTimeoutMs = 10_000;
const sendTimeoutMs = 30_000;
/** A datagram that every receiver must take (RFC 5426 section 3.2); longer ones would be cut on their way. */
const longestDatagram = 2048;
/** RFC 5424's and the registered ports: 514 for UDP, 601 for TCP, 6514 for TLS. */
const ports = { udp: 514, tcp: 601, tls: 6514 } as const;

/** Where messages go: `udp://host:port`, `tcp://host:port` or `tls://host:port`; the port may be left out. */
export interface SyslogTarget {
  readonly transport: keyof typeof ports;
  readonly host: string;
  readonly port: number;
}

/** @throws SentinelError SETTING_INVALID */
export function parseSyslogTarget(text: string): SyslogTarget {
  const [, transport, host, port] =
    /^(udp|tcp|tls):\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (transport === undefined || host === undefined || Number(port ?? 1) > 65_535 || Number(port ?? 1) === 0) {
    throw new SentinelError(
      "SETTING_INVALID",
      "syslog_target: it is written as tls://host:6514, tcp://host:601 or udp://host:514.",
    );
  }
  const known = transport as keyof typeof ports;
  return { transport: known, host: host.replace(/^\[|\]$/g, ""), port: Number(port ?? ports[known]) };
}

/** Opens the way to a syslog server: UDP (RFC 5426), TCP with counted octets (RFC 6587 section 3.4.1), TLS (RFC 5425). */
export async function openSyslog(text: string): Promise<SyslogSender> {
  const target = parseSyslogTarget(text);
  return target.transport === "udp" ? openUdp(target) : await openStream(target);
}

function openUdp({ host, port }: SyslogTarget): SyslogSender {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  socket.unref();
  return {
    async send(messages) {
      for (const message of messages) {
        const bytes = Buffer.from(message).subarray(0, longestDatagram);
        await new Promise<void>((resolve, reject) =>
          socket.send(bytes, port, host, (error) => (error === null ? resolve() : reject(toUnavailable(error)))),
        );
      }
    },
    close: () => socket.close(),
  };
}

async function openStream({ transport, host, port }: SyslogTarget): Promise<SyslogSender> {
  // SECURITY: over TLS the server's certificate is checked against its name; there is no way around it.
  const socket: Socket =
    transport === "tls"
      ? connectTls({ host, port, servername: host, minVersion: "TLSv1.2", timeout: connectTimeoutMs })
      : connectTcp({ host, port, timeout: connectTimeoutMs });
  let broken: Error | null = null;
  socket.on("error", (error) => {
    broken = error;
  });
  socket.on("close", () => {
    broken ??= new Error("the server closed the connection");
  });
  socket.on("timeout", () => socket.destroy(new Error("it does not answer")));
  try {
    await once(socket, transport === "tls" ? "secureConnect" : "connect");
  } catch (error) {
    socket.destroy();
    throw toUnavailable(error);
  }
  socket.setTimeout(0);
  socket.unref();
  // Servers say nothing; what they say all the same must not fill a buffer.
  socket.resume();
  return {
    async send(messages) {
      if (broken !== null) throw toUnavailable(broken);
      const frames = messages.map((message) => {
        const bytes = Buffer.from(message);
        return Buffer.concat([Buffer.from(`${bytes.length} `), bytes]);
      });
      await new Promise<void>((resolve, reject) => {
        const fail = () => reject(toUnavailable(broken ?? new Error("the connection ended")));
        // A server that reads nothing more would be waited for without end.
        const late = setTimeout(() => socket.destroy(new Error("it takes nothing more")), sendTimeoutMs).unref();
        socket.once("close", fail);
        socket.write(Buffer.concat(frames), (error) => {
          clearTimeout(late);
          socket.off("close", fail);
          if (error == null) resolve();
          else reject(toUnavailable(error));
        });
      });
    },
    close() {
      // What was written has been taken by now; what was not is sent again.
      if (socket.writableLength > 0) socket.destroy();
      else socket.end(() => socket.destroy());
    },
  };
}

function toUnavailable(error: unknown): SentinelError {
  const reason = error instanceof Error ? error.message : String(error);
  return new SentinelError(
    "UNAVAILABLE",
    `The syslog server cannot be reached: ${reason.slice(0, 200)}.`,
    undefined,
    error,
  );
}
