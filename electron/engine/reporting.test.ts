import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SentinelError } from "../../shared/errors.ts";
import { openModelCards, readReportKey } from "./reporting.ts";
import {
  analyst,
  bring,
  finished,
  openTestEngine,
  shippedResources,
  type TestEngine,
  temporaryHome,
} from "./test-engine.ts";

const home = temporaryHome();
let t: TestEngine;
let id: string;
let file: Buffer;

async function* once(bytes: Uint8Array) {
  yield bytes;
}

beforeAll(async () => {
  t = await openTestEngine({ home });
  await finished(t, await bring(t, { path: join(shippedResources, "samples", "attack-files.har") }));
  const { items } = await t.engine.alerts.list({ q: "", order: "worst", limit: 10 }, analyst);
  id = items[0]!.id;
  const seen = { id, base_version: 0 };
  await t.engine.alerts.change({ alerts: [seen], change: { status: "in_progress", add_tags: ["seen"] } }, analyst);
  await t.engine.alerts.addNote({ id, text: "<script>alert('note')</script> **asked** \u202Eexe.txt" }, analyst);
  file = Buffer.from(await t.engine.reports.ofAlert({ id }, analyst));
  if (process.env.KEEP_REPORT !== undefined) writeFileSync(process.env.KEEP_REPORT, file);
}, 60_000);
afterAll(async () => {
  await t.close();
  rmSync(home, { recursive: true, force: true });
});

describe("a report of an alert", () => {
  test("stands on its own: evidence, reasons, decisions, model, log, key", async () => {
    const text = file.toString();
    const { alert, sessions } = await t.engine.alerts.get({ id });
    const { custody, explanation, provenance } = await t.engine.verdicts.get({ id: sessions[0]!.id });
    const { key, fingerprint } = t.engine.reports.key();
    for (const part of [alert.id, custody.sha256, provenance.model_hash, key, fingerprint, "in progress", "seen"]) {
      expect(text).toContain(part);
    }
    expect(text).toContain(explanation.narrative.slice(0, 40).replaceAll("'", "&#39;"));
    expect(text).toContain("Model card");
    expect(text).toContain("alert.changed");
    expect(text).toContain("evidence.added");
  });

  test("has the card of the model that decided, unfolded", async () => {
    const { provenance } = await t.engine.verdicts.get({ id: (await t.engine.alerts.get({ id })).alert.verdict_id });
    expect(file.toString()).toContain(
      `<details open><summary>Model card of <code>${provenance.model_hash}</code></summary><pre># Model card: payload classifier`,
    );
    const path = join(shippedResources, "model", "MODEL-CARD.md");
    const known = async (id: string) => {
      if (id !== "trained") throw new SentinelError("NOT_FOUND", "There is no such model.");
      return "# Trained here";
    };
    const cards = openModelCards({ hash: "shipped", path }, { card: known });
    expect(await cards("shipped")).toBe(readFileSync(path, "utf8"));
    expect(await cards("trained")).toBe("# Trained here");
    expect(await cards("elsewhere")).toMatch(/not here/);
  });

  test("runs nothing and fetches nothing, whatever was written into it", () => {
    const text = file.toString();
    expect(text).toContain("&lt;script&gt;alert(&#39;note&#39;)&lt;/script&gt; **asked** [RLO]exe.txt");
    expect(text).not.toMatch(/<script|<img|<iframe|<link|<object|javascript:|\son\w+=|\ssrc=|\shref=/i);
    expect(text).toMatch(/Content-Security-Policy" content="default-src (?:'|&#39;)none/);
  });

  test("is checked against the key of its engine, which lies in the data directory for checks without one", async () => {
    const { key, fingerprint } = t.engine.reports.key();
    expect(await t.engine.reports.check(once(file), {})).toEqual({ verdict: "valid", key, fingerprint });
    const changed = Buffer.from(file.toString().replace("in progress", "in Progress"));
    expect(await t.engine.reports.check(once(changed), {})).toMatchObject({ verdict: "changed" });
    expect(await t.engine.reports.check(once(Buffer.from("<p>")), {})).toMatchObject({
      verdict: "no_report",
      key: null,
    });
    const stranger = `ed25519:${"A".repeat(43)}`;
    expect(await t.engine.reports.check(once(file), { key: stranger })).toMatchObject({ verdict: "other_key", key });
    await expect(t.engine.reports.check(once(Buffer.alloc(0)), {})).rejects.toMatchObject({ code: "INPUT_INVALID" });
    expect(await readReportKey(home)).toBe(key);
    expect(readFileSync(join(home, "report-key.txt"), "utf8")).toBe(`${key}\n`);
  });

  test("is in the log, and cannot be taken back", async () => {
    const { entries } = await t.engine.audit.log({ after: 0, limit: 500 });
    const made = entries.filter(({ kind }) => kind === "report.made");
    expect(made).toMatchObject([{ payload: { alert_id: id, bytes: file.length }, undoable: false, actor: "analyst" }]);
  });

  test("and an export of the queue holds what was asked for, and is in the log without the query", async () => {
    const q = "severity>=high";
    let text = "";
    for await (const part of await t.engine.alerts.export({ q, format: "jsonl" }, analyst)) text += Buffer.from(part);
    const { total } = await t.engine.alerts.counts({ q }, analyst);
    expect(text.trimEnd().split("\n")).toHaveLength(total);
    const { entries } = await t.engine.audit.log({ after: 0, limit: 500 });
    const [exported] = entries.filter(({ kind }) => kind === "alerts.exported");
    expect(exported).toMatchObject({ payload: { format: "jsonl", alerts: total }, undoable: false });
    expect(JSON.stringify(exported)).not.toContain("severity>=");
    await expect(t.engine.alerts.export({ q: "statsu:new", format: "csv" }, analyst)).rejects.toMatchObject({
      code: "INPUT_INVALID",
    });
  });

  test("of an alert that there is none of is refused", async () => {
    await expect(t.engine.reports.ofAlert({ id: "nothing" }, analyst)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("a case", () => {
  let caseId: string;
  const write = async (source: AsyncIterable<Uint8Array>) => {
    let text = "";
    for await (const part of source) text += Buffer.from(part);
    return text;
  };

  beforeAll(async () => {
    const { alert } = await t.engine.alerts.get({ id });
    const plain = { summary: "**short** <b>", severity: null, assignee: null, tags: ["wave"] };
    const alerts = [{ id, base_version: alert.version }];
    caseId = (await t.engine.cases.open({ ...plain, title: "Files & <paths>", alerts }, analyst)).id;
    const item = { kind: "note", text: "=HYPERLINK(1) <script>alert(2)</script>" } as const;
    await t.engine.cases.saveItem({ id: caseId, base_version: 0, item }, analyst);
  });

  test("has a report of its own that is signed, runs nothing, and is in the log", async () => {
    const report = Buffer.from(await t.engine.reports.ofCase({ id: caseId }, analyst));
    const text = report.toString();
    expect(await t.engine.reports.check(once(report), {})).toMatchObject({ verdict: "valid" });
    const { sessions } = await t.engine.alerts.get({ id });
    const { custody, explanation } = await t.engine.verdicts.get({ id: sessions[0]!.id });
    for (const part of [caseId, custody.sha256, "Files &amp; &lt;paths&gt;", "&lt;script&gt;alert(2)", "Model card"]) {
      expect(text).toContain(part);
    }
    expect(text).toContain(explanation.narrative.slice(0, 40).replaceAll("'", "&#39;"));
    expect(text).not.toMatch(/<script|<img|<iframe|<link|<object|javascript:|\son\w+=|\ssrc=|\shref=/i);
    for (const kind of ["case.saved", "case_item.saved", "alert.changed", "evidence.added"])
      expect(text).toContain(kind);
    const { entries } = await t.engine.audit.log({ after: 0, limit: 500 });
    const made = entries.filter(({ kind }) => kind === "report.made").at(-1);
    expect(made).toMatchObject({ payload: { case_id: caseId, bytes: report.length }, undoable: false });
    expect(JSON.stringify(entries)).not.toContain("Files &");
  });

  test("leaves as STIX, JSON or CSV, with all its alerts, and the log knows", async () => {
    const take = async (format: "stix" | "json" | "csv" | "har") =>
      await write(await t.engine.reports.exportCase({ id: caseId, format }, analyst));
    const bundle = JSON.parse(await take("stix")) as { type: string; objects: { type: string; content?: string }[] };
    expect(bundle.type).toBe("bundle");
    expect(bundle.objects.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["grouping", "attack-pattern", "note"]),
    );
    const whole = JSON.parse(await take("json")) as {
      case: { title: string };
      alerts: { id: string; verdict_id: string }[];
    };
    expect(whole).toMatchObject({ case: { title: "Files & <paths>" }, alerts: [{ id }], alerts_left_out: 0 });
    expect((await take("csv")).split("\r\n")).toHaveLength(3);
    const har = JSON.parse(await take("har")) as { log: { entries: { request: { url: string } }[] } };
    const { total } = await t.engine.verdicts.requests({ id: whole.alerts[0]!.verdict_id, limit: 1, offset: 0 });
    expect(har.log.entries).toHaveLength(total);
    // What was exported can be brought again.
    const again = await finished(t, await bring(t, JSON.stringify(har), "again.har"));
    expect(again).toMatchObject({ state: "done" });
    const { entries } = await t.engine.audit.log({ after: 0, limit: 500 });
    expect(entries.filter(({ kind }) => kind === "case.exported")).toHaveLength(4);
    const none = t.engine.reports.exportCase({ id: "none", format: "csv" }, analyst);
    await expect(none).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
