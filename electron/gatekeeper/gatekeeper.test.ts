import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import type { GateStage, GateState } from "../../shared/gatekeeper-protocol.ts";
import type { RuleAction } from "../../shared/rule.ts";
import { gateRule, openGatekeeper, openServer, sendRaw, type TestGatekeeper, visit } from "./fixture-gatekeeper.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** An application that says what it got. */
async function openEcho() {
  const app = await openServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({ url: request.url, raw: request.rawHeaders, body: Buffer.concat(chunks).toString("latin1") }),
    );
  });
  closing.push(app.close);
  return app;
}

async function open(options: Parameters<typeof openGatekeeper>[1] = {}): Promise<TestGatekeeper> {
  const gatekeeper = await openGatekeeper((await openEcho()).origin, options);
  closing.push(gatekeeper.close);
  return gatekeeper;
}

const union = { kind: "string", text: "union select" } as const;
const attack = "/s?q=1%20UNION%20SELECT%202";

async function stateOf(gatekeeper: TestGatekeeper): Promise<GateState> {
  const state = await gatekeeper.ask({ kind: "state" });
  if (typeof state === "number" || state.kind !== "state") throw new Error("no state");
  return state;
}

describe("what a rule does", () => {
  test.each<{ stage: GateStage; action: RuleAction; status: number; tag: boolean; deed: string | null }>([
    { stage: "off", action: "block", status: 200, tag: false, deed: null },
    { stage: "log", action: "block", status: 200, tag: false, deed: "logged" },
    { stage: "tag", action: "block", status: 200, tag: true, deed: "tagged" },
    { stage: "block", action: "tag", status: 200, tag: true, deed: "tagged" },
    { stage: "block", action: "challenge", status: 403, tag: false, deed: "challenged" },
    { stage: "block", action: "block", status: 403, tag: false, deed: "blocked" },
  ])("at the stage $stage with the action $action: $status, $deed", async ({ stage, action, status, tag, deed }) => {
    const gatekeeper = await open();
    await gatekeeper.push(gateRule("a", union, { stage, action }));
    const reply = await visit(gatekeeper.origin, attack, { headers: { "x-sentinel-tag": "mine" } });
    expect(reply.status).toBe(status);
    expect(reply.text.includes('"X-Sentinel-Tag","a"')).toBe(tag);
    expect(reply.text).not.toContain("mine");
    expect((await visit(gatekeeper.origin, "/s?q=tea")).status).toBe(200);
    const hits = await gatekeeper.ask({ kind: "hits", after: 0, limit: 10 });
    expect(hits).toMatchObject({ kind: "hits", hits: deed === null ? [] : [{ rule: "a", deed, count: 1 }] });
  });

  test("a challenge is passed by sending its form, for ten minutes and from one address; it leads back, and nowhere else", async () => {
    let now = Date.now();
    const gatekeeper = await open({ clock: { now: () => now } });
    await gatekeeper.push(gateRule("a", union, { action: "challenge" }));
    const asked = await visit(gatekeeper.origin, attack);
    const token = /name="token" value="([^"]+)"/.exec(asked.text)![1]!;
    const send = async (back: string) =>
      await visit(gatekeeper.origin, "/.sentinel/challenge", {
        method: "POST",
        body: new URLSearchParams({ token, back }).toString(),
      });
    expect((await send("//evil.example")).headers.location).toBe("/");
    const passed = await send(attack);
    expect(passed).toMatchObject({ status: 303, headers: { location: attack } });
    const cookie = passed.headers["set-cookie"]![0]!.split(";")[0]!;
    const again = await visit(gatekeeper.origin, attack, { headers: { cookie } });
    expect(again.status).toBe(200);
    expect(again.text).toContain("X-Sentinel-Tag");
    expect((await visit(gatekeeper.origin, attack, { headers: { cookie: `${cookie}x` } })).status).toBe(403);
    now += 10 * 60_000;
    expect((await visit(gatekeeper.origin, attack, { headers: { cookie } })).status).toBe(403);
    expect((await send(attack)).status).toBe(403);
  });
});

describe("what is no clean request goes no further", () => {
  test.each([
    { why: "two lengths", head: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd" },
    {
      why: "length and coding",
      head: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    },
    { why: "an unknown coding", head: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" },
    { why: "two codings", head: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" },
    {
      why: "a space before the colon",
      head: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    },
    { why: "a bare line feed", head: "GET / HTTP/1.1\nHost: a\n\nGET /two HTTP/1.1\nHost: a\n\n" },
    { why: "a folded header", head: "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n" },
    {
      why: "a signed chunk size",
      head: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n",
    },
    { why: "two hosts", head: "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" },
    { why: "no host", head: "GET / HTTP/1.1\r\n\r\n" },
    { why: "another's address", head: "GET http://other.example/ HTTP/1.1\r\nHost: a\r\n\r\n" },
    {
      why: "trailers",
      head: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sentinel-Tag: b\r\n\r\n",
    },
    { why: "a WebSocket", head: "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n" },
    { why: "a tunnel", head: "CONNECT other.example:443 HTTP/1.1\r\nHost: a\r\n\r\n" },
  ])("$why", async ({ head }) => {
    let asked = 0;
    const app = await openServer((_request, response) => {
      asked++;
      response.end();
    });
    closing.push(app.close);
    const gatekeeper = await openGatekeeper(app.origin);
    closing.push(gatekeeper.close);
    const reply = await sendRaw(gatekeeper.origin, head);
    expect(reply).toMatch(/^HTTP\/1\.1 (?:400|405|501) /);
    expect(asked).toBe(0);
  });
});

describe("what passes", () => {
  test("headers of one connection stay there, doubled ones go on as they came, and the body stands as it was", async () => {
    const gatekeeper = await open();
    const raw =
      "POST /a%2fb?x=1&x=%ff HTTP/1.1\r\nHost: shop\r\nX-Twice: one\r\nx-twice: t\xe9o\r\nTE: trailers\r\nKeep-Alive: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nab\xff\r\n2\r\ncd\r\n0\r\n\r\n";
    const reply = await sendRaw(gatekeeper.origin, Buffer.from(raw, "latin1"));
    const got = JSON.parse(/\{.*\}/s.exec(Buffer.from(reply, "latin1").toString("utf8"))![0]) as {
      url: string;
      raw: string[];
      body: string;
    };
    expect(got).toMatchObject({ url: "/a%2fb?x=1&x=%ff", body: "ab\xffcd" });
    const names = got.raw.filter((_, i) => i % 2 === 0);
    expect(names.filter((name) => name.toLowerCase() === "x-twice")).toEqual(["X-Twice", "x-twice"]);
    expect(names).not.toContain("TE");
    expect(names).not.toContain("Keep-Alive");
    expect(got.raw).toContain("X-Forwarded-For");
  });

  test("what the gatekeeper writes itself is not taken from a visitor, however it is spelled; the scheme has one answer", async () => {
    const gatekeeper = await open();
    const headers = {
      X_Sentinel_Tag: "mine",
      "x-SENTINEL_tag": "mine",
      X_Forwarded_For: "mine",
      X_Forwarded_Proto: "mine",
    };
    const spelled = await visit(gatekeeper.origin, "/", { headers: { ...headers, "X-Forwarded-Proto": "https" } });
    expect(spelled.text).not.toContain("mine");
    expect(spelled.text.match(/X-Forwarded-Proto","(\w+)"/gi)).toEqual(['X-Forwarded-Proto","https"']);
    const odd = await visit(gatekeeper.origin, "/", { headers: { "X-Forwarded-Proto": "javascript" } });
    expect(odd.text).toContain('"X-Forwarded-Proto","http"');
  });

  test("an answer streams: its beginning is there before its end", async () => {
    let finish = () => {};
    const app = await openServer((_request, response) => {
      response.write("first");
      finish = () => response.end("last");
    });
    closing.push(app.close);
    const gatekeeper = await openGatekeeper(app.origin);
    closing.push(gatekeeper.close);
    const reply = await fetch(gatekeeper.origin);
    const reader = reply.body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe("first");
    finish();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe("last");
  });

  test("a body larger than what is read passes whole, is matched as far as it is read, and counted", async () => {
    const gatekeeper = await open();
    await gatekeeper.push(gateRule("a", union));
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const padding = `p=${"x".repeat(200_000)}`;
    const late = await visit(gatekeeper.origin, "/", {
      method: "POST",
      headers,
      body: `${padding}&q=1 union select 2`,
    });
    expect(late.status).toBe(200);
    expect((JSON.parse(late.text) as { body: string }).body).toHaveLength(padding.length + 19);
    const early = await visit(gatekeeper.origin, "/", {
      method: "POST",
      headers,
      body: `q=1 union select 2&${padding}`,
    }).catch(() => null);
    expect(early?.status ?? 403).toBe(403);
    expect((await stateOf(gatekeeper)).counters).toMatchObject({ passed_cut: 2, blocked: 1 });
  });

  test("a small body that decodes to more than rules look at is matched as far as they do, and counted", async () => {
    const gatekeeper = await open();
    await gatekeeper.push(gateRule("a", union));
    const headers = { "content-type": "application/x-www-form-urlencoded", "content-encoding": "gzip" };
    const padding = `p=${"x".repeat(2_000_000)}`;
    const post = (body: string) => visit(gatekeeper.origin, "/", { method: "POST", headers, body: gzipSync(body) });
    expect((await post(`${padding}&q=1 union select 2`)).status).toBe(200);
    expect((await post(`q=1 union select 2&${padding}`)).status).toBe(403);
    expect((await post("q=1 union select 2")).status).toBe(403);
    expect((await stateOf(gatekeeper)).counters).toMatchObject({ passed_cut: 2, blocked: 2 });
  });

  test("who sends bodies to decode and goes away has nobody wait for them, and the application hears nothing of it", async () => {
    let asked = 0;
    const app = await openServer((_request, response) => {
      asked++;
      response.end();
    });
    closing.push(app.close);
    const gatekeeper = await openGatekeeper(app.origin);
    closing.push(gatekeeper.close);
    await gatekeeper.push(gateRule("a", union));
    const body = gzipSync(Buffer.alloc(8_000_000));
    const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`;
    const { port } = new URL(gatekeeper.origin);
    const gone = Array.from({ length: 80 }, async () => {
      const socket = connect(Number(port), "127.0.0.1");
      socket.on("error", () => {});
      socket.write(Buffer.concat([Buffer.from(head), body]), () => socket.destroy());
      await once(socket, "close");
    });
    await Promise.all(gone);
    const headers = { "content-encoding": "gzip" };
    const reply = await visit(gatekeeper.origin, "/", {
      method: "POST",
      headers,
      body: gzipSync("q=1 union select 2"),
    });
    expect(reply.status).toBe(403);
    expect(asked).toBeLessThan(40);
  });

  test("what cannot be checked passes, is counted, and told without its content", async () => {
    const told: string[] = [];
    let isBroken = false;
    const clock = {
      now() {
        // The check asks for the time; nothing else does while a request is passed.
        if (isBroken) throw new RangeError("secret words");
        return Date.now();
      },
    };
    const gatekeeper = await open({ clock, tell: (words) => told.push(words) });
    await gatekeeper.push(gateRule("a", union));
    isBroken = true;
    const reply = await visit(gatekeeper.origin, attack);
    isBroken = false;
    expect(reply.status).toBe(200);
    const state = await stateOf(gatekeeper);
    expect(state.counters.passed_unchecked).toBe(1);
    expect(state.problem).toBe("A request was passed without a look: RangeError.");
    expect(told.join()).not.toContain("secret");
    const health = (await (await fetch(`${gatekeeper.control}/health`)).json()) as { status: string };
    expect(health.status).toBe("degraded");
  });

  test("an application that is away is told as such, and no rule is to blame", async () => {
    const app = await openServer(() => {});
    await app.close();
    const gatekeeper = await openGatekeeper(app.origin);
    closing.push(gatekeeper.close);
    expect((await visit(gatekeeper.origin, "/")).status).toBe(502);
  });
});

describe("only the engine is obeyed", () => {
  test("another engine's key, a changed message, an older number, the same bytes again, and another time are refused", async () => {
    const gatekeeper = await open();
    const rule = gateRule("a", union);
    expect(await gatekeeper.ask({ kind: "rule", rule }, { seed: Buffer.alloc(32, 2) })).toBe(403);
    expect(await gatekeeper.ask({ kind: "rule", rule }, { seq: 7 })).toMatchObject({ kind: "taken", changed: true });
    expect(await gatekeeper.repeat()).toMatchObject({ kind: "refused", why: "replayed" });
    expect(await gatekeeper.ask({ kind: "rules", rules: [] }, { seq: 7 })).toMatchObject({ why: "old", last_seq: 7 });
    expect(await gatekeeper.ask({ kind: "rules", rules: [] }, { seq: 8, at: Date.now() - 121_000 })).toMatchObject({
      why: "clock",
    });
    expect(await gatekeeper.ask({ kind: "rule", rule: { ...rule, name: "other" } }, { seq: 9 })).toMatchObject({
      why: "conflict",
    });
    expect(await gatekeeper.ask({ kind: "rule", rule }, { seq: 10 })).toMatchObject({ kind: "taken", changed: false });
    expect(await gatekeeper.ask({ kind: "rule", rule: { ...rule, version: 3 } }, { seq: 11 })).toMatchObject({
      changed: true,
    });
    expect(await gatekeeper.ask({ kind: "rule", rule: { ...rule, version: 2 } }, { seq: 12 })).toMatchObject({
      why: "stale",
    });
    expect((await visit(gatekeeper.origin, attack)).status).toBe(403);
  });

  test("a rule that cannot be used is refused and changes nothing", async () => {
    const gatekeeper = await open();
    await gatekeeper.push(gateRule("a", union));
    const bad = gateRule("b", { kind: "regex", pattern: "(a" });
    expect(await gatekeeper.ask({ kind: "rule", rule: bad })).toMatchObject({ kind: "refused", why: "invalid" });
    expect((await stateOf(gatekeeper)).rules.map(({ id }) => id)).toEqual(["a"]);
  });

  test("the rules stand on after a restart without an engine; a changed file enforces nothing, and that is told", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sentinel-gatekeeper-"));
    closing.push(() => rmSync(folder, { recursive: true, force: true }));
    const app = await openEcho();
    const first = await openGatekeeper(app.origin, { folder });
    await first.push(gateRule("a", union));
    expect(
      (await first.ask({ kind: "rule", rule: gateRule("b", { kind: "string", text: "sleep(" }) })) as object,
    ).toMatchObject({
      kind: "taken",
    });
    await visit(first.origin, attack);
    await first.close();

    const second = await openGatekeeper(app.origin, { folder });
    expect(second.key).toBe(first.key);
    expect((await visit(second.origin, attack)).status).toBe(403);
    expect((await visit(second.origin, "/?q=sleep(5)")).status).toBe(403);
    const hits = await second.ask({ kind: "hits", after: 0, limit: 10 }, { seq: 3 });
    expect(hits).toMatchObject({ hits: [{ count: 1 }, { count: 1 }, { rule: "b" }] });
    // Numbers that were used before the restart are used up.
    expect(await second.ask({ kind: "rules", rules: [] }, { seq: 2 })).toMatchObject({ why: "old" });
    await second.close();

    const path = join(folder, "rules.json");
    writeFileSync(path, readFileSync(path, "utf8").replace("union select", "union relect"));
    const third = await openGatekeeper(app.origin, { folder });
    closing.push(third.close);
    expect((await visit(third.origin, attack)).status).toBe(200);
    expect((await stateOf(third)).problem).toContain("not signed by the engine");
  });

  test("a second engine does not take over by starting with its key", async () => {
    const gatekeeper = await open();
    const { folder } = gatekeeper;
    await expect(
      openGatekeeper("http://127.0.0.1:1", { folder, engine: `ed25519:${"A".repeat(43)}` }),
    ).rejects.toMatchObject({
      code: "SETTING_INVALID",
    });
  });
});

test("what is reported is masked, bounded and told once", async () => {
  const gatekeeper = await open();
  await gatekeeper.push(gateRule("a", { kind: "string", text: "or 1=1" }, { stage: "log" }));
  const secret = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";
  const value = encodeURIComponent(`' or 1=1 -- ${secret} ${"x".repeat(5000)}`);
  for (let i = 0; i < 8; i++) await visit(gatekeeper.origin, `/reset/${secret}?q=${value}`);
  const taken = await gatekeeper.ask({ kind: "hits", after: 0, limit: 10 });
  if (typeof taken === "number" || taken.kind !== "hits") throw new Error("no hits");
  const count = taken.hits.reduce((sum, entry) => sum + entry.count, 0);
  expect(count).toBe(8);
  for (const { examples } of taken.hits) expect(examples.length).toBeLessThanOrEqual(3);
  const text = JSON.stringify(taken);
  expect(text).not.toContain(secret);
  expect(text.length).toBeLessThan(8000);
  const after = taken.hits.at(-1)!.seq;
  expect(await gatekeeper.ask({ kind: "hits", after, limit: 10 })).toMatchObject({ hits: [] });
});
