import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { SiemOutput } from "../../shared/siem.ts";
import type { SiemAnswer, SiemDocument, SiemSender } from "../engine/fleet/siem/sender.ts";
import { selfSigned } from "./fixture-self-signed.ts";
import { type StandIn, startCollector, startElastic, startTaxii, startWebhook } from "./fixture-siem.ts";
import { createSiemOpener } from "./siem.ts";
import { signWebhook } from "./siem-webhook.ts";

const lines: string[] = [];
const open = createSiemOpener({ debug: (...args: unknown[]) => void lines.push(JSON.stringify(args)) });
const signing = `whsec_${randomBytes(32).toString("base64")}`;
const isBad = (id: string) => id === "a7";

let standIn: StandIn | null = null;
let sender: SiemSender | null = null;
afterEach(async () => {
  sender?.close();
  await standIn?.close();
  [sender, standIn] = [null, null];
});

const at = "2026-06-01T09:00:00.000Z";
const document = (id: string, body: object, prefix = ""): SiemDocument => ({
  id: `${id}.e1`,
  at,
  text: `${prefix}${JSON.stringify(body)}`,
});

interface Case {
  readonly format: SiemOutput["format"];
  readonly secret: string;
  readonly wrong: string;
  readonly path: string;
  readonly start: () => Promise<StandIn>;
  readonly write: (id: string) => SiemDocument;
}

const cases: Case[] = [
  {
    format: "splunk_hec",
    secret: "good-token",
    wrong: "bad-token",
    path: "/",
    start: () => startCollector("good-token", isBad),
    write: (id) => document(id, { time: 1, event: { id } }),
  },
  {
    format: "ecs",
    secret: "good-key",
    wrong: "bad-key",
    path: "/sentinel-alerts",
    start: () => startElastic("good-key", isBad),
    write: (id) => {
      const { text, ...rest } = document(id, { "@timestamp": at }, `${JSON.stringify({ index: { _id: id } })}\n`);
      return { ...rest, text: `${text}\n` };
    },
  },
  {
    format: "stix",
    secret: "good-token",
    wrong: "bad-token",
    path: "/api1/collections/c1/",
    start: () => startTaxii("good-token", isBad),
    write: (id) =>
      document(id, {
        objects: [
          {
            type: "observed-data",
            spec_version: "2.1",
            id: `observed-data--${id}`,
            external_references: [{ external_id: id }],
          },
        ],
      }),
  },
  {
    format: "webhook",
    secret: signing,
    wrong: `whsec_${randomBytes(32).toString("base64")}`,
    path: "/hook",
    start: () => startWebhook(signing, { isBad }),
    write: (id) => document(id, { type: "alert", data: { id } }),
  },
];

async function openTo(one: Case, secret = one.secret): Promise<SiemSender> {
  standIn ??= await one.start();
  const { format } = one;
  sender = await open({
    name: "here",
    format,
    address: `${standIn.origin}${one.path}`,
    secret,
    min_severity: "low",
    on: true,
  });
  return sender;
}

describe.each(cases)("$format", (one) => {
  test("with one in ten rejected, each document arrives once in the end, and a bad one is put aside", async () => {
    const to = await openTo(one);
    const answers = new Map<string, SiemAnswer>();
    let left = Array.from({ length: 30 }, (_, i) => `a${i}`);
    for (let round = 0; left.length > 0 && round < 10; round++) {
      const said = await to.send(left.map(one.write));
      expect(said).toHaveLength(left.length);
      left.forEach((id, i) => void answers.set(id, said[i]!));
      left = left.filter((id) => answers.get(id)?.state === "later");
    }
    expect(standIn!.rejected).toBeGreaterThan(2);
    expect(standIn!.faults).toEqual([]);
    expect([...standIn!.accepted].sort()).toEqual(
      Array.from({ length: 30 }, (_, i) => `a${i}`)
        .filter((id) => !isBad(id))
        .sort(),
    );
    expect(answers.get("a7")).toMatchObject({ state: "refused" });
    // SECURITY: what the server repeated of the document goes nowhere.
    expect(JSON.stringify([...answers])).not.toContain("timestamp");
  }, 30_000);

  test("is asked whether it would take something, and nothing arrives by that", async () => {
    expect(await (await openTo(one)).probe()).toMatch(/\.$/);
    expect(standIn!.accepted).toEqual([]);
    sender!.close();
    await expect((await openTo(one, one.wrong)).probe()).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  test("a wrong secret puts nothing aside: it waits until somebody sets it right; and it is in no log", async () => {
    const to = await openTo(one, one.wrong);
    const answers = await to
      .send([one.write("a1")])
      .catch((error: unknown) => [{ state: "later", reason: String(error) }]);
    expect(answers).toMatchObject([{ state: "later" }]);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join("") + JSON.stringify(answers)).not.toContain(one.wrong);
  });

  test("a server that is gone takes nothing, and is not asked for each", async () => {
    const to = await openTo(one);
    await standIn!.close();
    standIn = null;
    const answers = await to
      .send(["a1", "a2"].map(one.write))
      .catch((error: unknown) => [{ state: "later", reason: String(error) }]);
    expect(answers.every(({ state }) => state === "later")).toBe(true);
    expect(answers[0]).toMatchObject({ reason: expect.stringContaining("cannot be reached") });
  });

  test("a connection that is lost after it was written to is no answer: the same document is told again", async () => {
    const to = await openTo(one);
    const tell = () =>
      to.send([one.write("a1")]).catch((error: unknown) => [{ state: "later", reason: String(error) }]);
    // Until one was taken whose answer was lost; the first may find the server busy.
    standIn!.drops = 1;
    for (let round = 0; standIn!.drops > 0 && round < 5; round++)
      expect(await tell()).toMatchObject([{ state: "later" }]);
    expect(standIn!.accepted).toEqual(["a1"]);
    let said: readonly { state: string }[] = [];
    for (let round = 0; said[0]?.state !== "taken" && round < 5; round++) said = await tell();
    expect(said).toEqual([{ state: "taken" }]);
    expect(new Set(standIn!.accepted)).toEqual(new Set(["a1"]));
    // A receiver of webhooks knows it again by its id.
    expect(standIn!.faults.filter((fault) => fault !== "message a1.e1 twice")).toEqual([]);
  });

  test("a redirection is not followed", async () => {
    const reached: string[] = [];
    const elsewhere = createServer((request, response) => {
      reached.push(String(request.url));
      response.end();
    }).listen(0, "127.0.0.1");
    await once(elsewhere, "listening");
    const { port } = elsewhere.address() as AddressInfo;
    const server = createServer((_, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${port}/` });
      response.end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}${one.path}`;
    sender = await open({
      name: "here",
      format: one.format,
      address,
      secret: one.secret,
      min_severity: "low",
      on: true,
    });
    await expect(sender.probe()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(reached).toEqual([]);
    for (const each of [server, elsewhere]) {
      each.closeAllConnections();
      each.close();
    }
  });
});

test.each([3600, -3600])(
  "a receiver whose clock is off by %d seconds takes signed messages all the same, and it is told",
  async (aheadSeconds) => {
    standIn = await startWebhook(signing, { aheadSeconds });
    const to = await openTo(cases[3]!);
    const answers = await to.send(["a1", "a2", "a3"].map(cases[3]!.write));
    const again = await to.send(
      ["a1", "a2", "a3"].filter((_, i) => answers[i]!.state === "later").map(cases[3]!.write),
    );
    expect(again.every(({ state }) => state === "taken")).toBe(true);
    expect([...standIn.accepted].sort()).toEqual(["a1", "a2", "a3"]);
    expect(standIn.faults).toEqual([]);
    expect(Math.abs(to.clockSkewSeconds()! - aheadSeconds)).toBeLessThan(5);
  },
);

test("over TLS a server that nobody vouches for is told nothing", async () => {
  const heard: string[] = [];
  const server = createTlsServer(selfSigned, (request, response) => {
    heard.push(String(request.url));
    response.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  sender = await open({ name: "here", format: "splunk_hec", address, secret: "t", min_severity: "low", on: true });
  await expect(sender.probe()).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(heard).toEqual([]);
  server.close();
});

test("CEF lines are messages of their own to a syslog server", async () => {
  const heard: Buffer[] = [];
  const server = createTcpServer((socket) => socket.on("data", (data: Buffer) => heard.push(data))).listen(
    0,
    "127.0.0.1",
  );
  await once(server, "listening");
  const address = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  sender = await open({ name: "here", format: "cef", address, secret: "", min_severity: "low", on: true });
  expect(await sender.probe()).toBe("The server takes connections.");
  const texts = ["CEF:0|Sentinel|Sentinel|1|xss|é|8|externalId=a1", "CEF:0|Sentinel|Sentinel|1|xss|t|8|externalId=a2"];
  const answers = await sender.send(texts.map((text, i) => ({ id: `a${i}`, at, text })));
  expect(answers).toEqual([{ state: "taken" }, { state: "taken" }]);
  let rest: Buffer = Buffer.concat(heard);
  const messages: string[] = [];
  while (rest.length > 0) {
    const length = Number(/^(\d+) /.exec(rest.toString("latin1"))![1]);
    const start = String(length).length + 1;
    messages.push(rest.toString("utf8", start, start + length));
    rest = rest.subarray(start + length);
  }
  // RFC 5424: priority, version, time, host, program, process, kind, no structured data.
  const header = /^<36>1 2026-06-01T09:00:00\.000Z [\x21-\x7e]+ sentinel - CEF - /;
  expect(messages.map((message) => message.replace(header, ""))).toEqual(texts);
  server.close();
});

test("a message is signed as the standard's example", () => {
  // Of the specification of Standard Webhooks.
  expect(
    signWebhook(
      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      "msg_p5jXN8AQM9LWM0D4loKWxJek",
      1_614_265_330,
      '{"test": 2432232314}',
    ),
  ).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
});
