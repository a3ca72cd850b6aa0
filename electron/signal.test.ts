import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type SignalMessage, type SignalProcess, startSignal } from "./adapters/signal.ts";
import { allRoutes } from "./api/engine-routes.ts";
import { createLive } from "./api/live.ts";
import { createRateLimiter, defaultRateLimits, type RateLimits } from "./api/rate-limit.ts";
import { createRouter } from "./api/router.ts";
import { createSignalChannel, parseSignalNumbers, type SignalChannel } from "./api/signal-channel.ts";
import { systemClock } from "./engine/base/clock.ts";
import { createLogger } from "./engine/base/logging.ts";
import { enginePrincipal } from "./engine/base/principals.ts";
import { openTestEngine, type TestEngine } from "./engine/test-engine.ts";

const patience = 120_000;
const ann = "+4915112345678";
const eve = "+33612345678";

/** Speaks signal-cli's protocol: says what the test sends it, hands over what it is told, and confirms each text. */
const standIn = `
import { connect } from "node:net";
import { createInterface } from "node:readline";
if (process.argv.slice(3).join(" ") !== "-a +1234567 --output=json jsonRpc") process.exit(9);
if (process.env.SENTINEL_SECRET !== undefined) process.exit(8);
const test = connect(Number(process.argv[2]), "127.0.0.1");
test.on("data", (chunk) => { if (String(chunk).includes("!crash")) process.exit(1); process.stdout.write(chunk); });
test.on("close", () => process.exit(0));
process.on("SIGTERM", () => process.exit(0));
createInterface({ input: process.stdin }).on("line", (line) => {
  test.write(line + "\\n");
  process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id: JSON.parse(line).id, result: { timestamp: 1 } }) + "\\n");
});
`;

let folder: string;
let server: Server;
let socket: Socket | undefined;
let starts: number;
let sent: { to: string; text: string }[];
let signal: SignalProcess | undefined;
let channel: SignalChannel | undefined;
let opened: TestEngine | undefined;
let logged: string;

const note = (line: string) => {
  logged += line;
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-signal-"));
  writeFileSync(join(folder, "stand-in.mjs"), standIn);
  [starts, sent, logged] = [0, [], ""];
  server = createServer((accepted) => {
    starts++;
    socket = accepted;
    accepted.on("error", () => undefined);
    let rest = "";
    accepted.on("data", (chunk) => {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const { method, params } = JSON.parse(line);
        expect(method).toBe("send");
        sent.push({ to: params.recipient[0], text: params.message });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  channel?.close();
  await signal?.close();
  await opened?.close();
  socket?.destroy();
  await new Promise((resolve) => server.close(resolve));
  [signal, channel, opened, socket] = [undefined, undefined, undefined, undefined];
  rmSync(folder, { recursive: true });
});

function start(onMessage: (message: SignalMessage) => void): SignalProcess {
  const { port } = server.address() as AddressInfo;
  return startSignal({
    command: [process.execPath, join(folder, "stand-in.mjs"), String(port), "-a", "+1234567"],
    log: createLogger("warn", { write: note }),
    onMessage,
    firstPauseMs: 10,
  });
}

const connected = (times = 1) => expect.poll(() => starts, { timeout: patience }).toBe(times);
const say = (line: unknown) => socket!.write(typeof line === "string" ? line : `${JSON.stringify(line)}\n`);
/** As signal-cli writes it. */
const received = (from: string, message: string | null, more: object = {}) => ({
  jsonrpc: "2.0",
  method: "receive",
  params: {
    account: "+1234567",
    envelope: {
      source: from,
      sourceNumber: from,
      sourceUuid: "5cb9ea9d-1e3b-4f4e-9d6a-0d1f1e2a3b4c",
      sourceName: "Ann",
      sourceDevice: 1,
      timestamp: 1_631_458_508_784,
      dataMessage: { timestamp: 1_631_458_508_784, message, expiresInSeconds: 0, viewOnce: false, ...more },
    },
  },
});

describe("signal-cli", () => {
  test("hands over texts, whatever stands between them, and takes answers", { timeout: patience }, async () => {
    const got: SignalMessage[] = [];
    signal = start((message) => got.push(message));
    await connected();
    say("garbage\n{\n[1,2]\nnull\n\u0000\n");
    say(`${"x".repeat(1_000_000)}\n`);
    say({ jsonrpc: "2.0", method: "receive", params: { envelope: { sourceNumber: ann, typingMessage: {} } } });
    say(received(ann, null));
    say(received(ann, "in a group", { groupInfo: { groupId: "g", type: "DELIVER" } }));
    const line = `${JSON.stringify(received(ann, "Grüße 🙂"))}\n`;
    const bytes = Buffer.from(line);
    socket!.write(bytes.subarray(0, bytes.length - 60));
    await new Promise((resolve) => setImmediate(resolve));
    socket!.write(bytes.subarray(bytes.length - 60));
    await expect.poll(() => got, { timeout: patience }).toEqual([{ from: ann, text: "Grüße 🙂" }]);
    expect(await signal.send(ann, "an\nanswer")).toBe(true);
    // The stand-in confirms by one way what it tells the test by another.
    await expect.poll(() => sent, { timeout: patience }).toEqual([{ to: ann, text: "an\nanswer" }]);
  });

  test("is started again when it ends, and what it never took is said", { timeout: patience }, async () => {
    const got: SignalMessage[] = [];
    signal = start((message) => got.push(message));
    await connected();
    say("!crash");
    await connected(2);
    say("!crash");
    await connected(3);
    say(received(ann, "still there"));
    await expect.poll(() => got.length, { timeout: patience }).toBe(1);
    await signal.close();
    expect(await signal.send(ann, "too late")).toBe(false);
    expect(signal.isRunning()).toBe(false);
  });

  test("that cannot be started is no failure of the engine", async () => {
    signal = startSignal({
      command: [join(folder, "none")],
      log: createLogger("silent"),
      onMessage: () => undefined,
      firstPauseMs: 60_000,
    });
    await expect.poll(() => signal!.isRunning()).toBe(false);
    expect(await signal.send(ann, "a")).toBe(false);
  });
});

describe("tasks by Signal", () => {
  let now: number;
  let elapsed: number;
  let calls: string[];

  async function open(limits: Partial<RateLimits> = {}, body = "a short text", readers = "everyone") {
    now = Date.now();
    elapsed = 0;
    calls = [];
    writeFileSync(
      join(folder, "mail.yaml"),
      `version: 1\ntools:\n  mail/read: { effect: read, output: { readers: ${readers} } }\n  mail/send: { effect: external }\n`,
    );
    const steps = [
      { id: "r", type: "tool_call", tool: "mail/read", args: {} },
      { id: "w", type: "tool_call", tool: "mail/send", args: { body: { $from: "r" } } },
    ];
    opened = await openTestEngine({
      assistant: {
        planner: { submit: async () => ({ plan: { summary: "Mail.", steps }, inputTokens: 1, outputTokens: 1 }) },
        servers: {
          names: () => ["mail"],
          status: () => [],
          list: async () =>
            ["read", "send"].map((name) => ({ name: `mail/${name}`, description: name, input: { type: "object" } })),
          call: async (_server, tool) => {
            calls.push(tool);
            return body;
          },
          close: async () => {},
        },
      },
      environment: { SENTINEL_POLICIES: folder, SENTINEL_TRUST_LEVEL: "1" },
    });
    const log = createLogger("warn", { write: note });
    const router = createRouter({
      bindings: allRoutes(opened.engine, createLive(opened.engine.live, systemClock)),
      limiter: createRateLimiter({ ...defaultRateLimits, ...limits }, systemClock),
      log,
      checkOutput: true,
    });
    channel = createSignalChannel({
      router,
      numbers: [ann, "+15550001111"],
      clock: { now: () => now },
      steady: { elapsed: () => elapsed },
      log,
      send: (to, text) => signal!.send(to, text),
    });
    signal = start(channel.take);
    await connected();
  }

  const replies = (count: number) => expect.poll(() => sent.length, { timeout: patience }).toBe(count);
  const codeIn = (text: string) => /"yes ([a-z0-9]{6})"/.exec(text)![1]!;

  test("a text is a task, its code grants it once, and only to whom it was sent", { timeout: patience }, async () => {
    await open();
    say(received(ann, "Send the mail on"));
    await replies(1);
    expect(sent[0]!.to).toBe(ann);
    expect(sent[0]!.text).toContain('- mail/send {"body":"a short text"}');
    expect(sent[0]!.text).toContain("body comes from tool");
    const code = codeIn(sent[0]!.text);
    say(received("+15550001111", `yes ${code}`));
    await replies(2);
    expect(sent[1]).toEqual({ to: "+15550001111", text: expect.stringContaining("no such code") });
    expect(calls).toEqual(["read"]);
    say(received(ann, ` YES ${code.toUpperCase()} `));
    await replies(3);
    expect(sent[2]).toEqual({ to: ann, text: expect.stringMatching(/^completed\./) });
    say(received(ann, `yes ${code}`));
    await replies(4);
    expect(sent[3]!.text).toContain("no such code");
    expect(calls).toEqual(["read", "send"]);
    const { items } = await opened!.engine.assistant.list({ limit: 10 });
    expect(items).toMatchObject([{ asked_by: `Signal ${ann}`, status: "completed" }]);
  });

  test("no denies; codes end, and who tries them out is stopped", { timeout: patience }, async () => {
    await open();
    say(received(ann, "Send the mail on"));
    await replies(1);
    say(received(ann, `no ${codeIn(sent[0]!.text)}`));
    await replies(2);
    expect(sent[1]!.text).toMatch(/^denied\./);
    say(received(ann, "Send the mail on"));
    await replies(3);
    const code = codeIn(sent[2]!.text);
    for (let i = 0; i < 5; i++) say(received(ann, `yes wrong${i}`));
    await replies(8);
    say(received(ann, `yes ${code}`));
    await replies(9);
    expect(sent[8]!.text).toContain("Too many wrong codes");
    // A clock that was corrected neither ends the pause nor makes it longer.
    now += 16 * 60_000;
    say(received(ann, `yes ${code}`));
    await replies(10);
    expect(sent[9]!.text).toContain("Too many wrong codes");
    elapsed += 16 * 60_000;
    say(received(ann, `yes ${code}`));
    await replies(11);
    expect(sent[10]!.text).toContain("not valid any more");
    expect(calls).toEqual(["read", "read"]);
  });

  test("SECURITY: what only some may know is neither shown nor answered here", { timeout: patience }, async () => {
    await open({}, "PRIVATE", "[bob]");
    say(received(ann, "Send the mail on"));
    await replies(1);
    expect(sent[0]!.text).toBe("An approval is needed, for what may not be told here. Decide in Sentinel.");
    const { items } = await opened!.engine.assistant.list({ limit: 1 });
    const { approval_id: id } = await opened!.engine.assistant.get({ id: items[0]!.task_id });
    await opened!.engine.assistant.decide(
      { id: id!, granted: true, reason: "" },
      { ...enginePrincipal, caller: "ui", role: "approver" },
    );
    await replies(2);
    expect(sent[1]!.text).toMatch(/^completed\.\n.*may not be told here/);
  });

  test("SECURITY: what cannot be shown as a whole cannot be approved here", { timeout: patience }, async () => {
    await open({}, "long ".repeat(1_000));
    say(received(ann, "Send the mail on"));
    await replies(1);
    expect(sent[0]!.text).toBe("An approval is needed, and too long to be shown here. Decide in Sentinel.");
  });

  test("SECURITY: strangers hear nothing, and are not in the log", { timeout: patience }, async () => {
    await open();
    for (let i = 0; i < 100; i++) say(received(eve, `Send all secrets ${i}`));
    say(received(eve, "yes aaaaaa"));
    say(received(ann, "Send the mail on"));
    await replies(1);
    expect(sent[0]!.to).toBe(ann);
    expect((await opened!.engine.assistant.list({ limit: 10 })).items).toHaveLength(1);
    expect(logged).toContain("not allowed");
    expect(logged).not.toMatch(/secrets|33612345678/);
  });

  test("a flood is answered once, and not done", { timeout: patience }, async () => {
    await open({ task: 2 });
    for (let i = 0; i < 200; i++) say(received(ann, `Send the mail on ${i}`));
    // Two tasks wait for a word; the rest is refused in one text.
    await replies(3);
    expect(sent.filter(({ text }) => text.includes('Answer "yes'))).toHaveLength(2);
    expect((await opened!.engine.assistant.list({ limit: 100 })).items).toHaveLength(2);
    say(received(ann, "no aaaaaa"));
    await replies(4);
  });
});

test("numbers are numbers", () => {
  expect(parseSignalNumbers(` ${ann}, 5cb9ea9d-1e3b-4f4e-9d6a-0d1f1e2a3b4c `)).toHaveLength(2);
  for (const wrong of ["", "*", "0151234", "+1", `${ann};${eve}`]) {
    expect(() => parseSignalNumbers(wrong)).toThrow("SENTINEL_SIGNAL_NUMBERS");
  }
});
