import { isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainAlert } from "../../report/fixture-case.ts";
import { ecsFormat } from "./ecs.ts";
import { hostileAlert, telling } from "./fixture-hostile.ts";
import { hecFormat } from "./hec.ts";
import { ocsfFormat } from "./ocsf.ts";
import { stixFormat } from "./stix.ts";

type Json = Record<string, unknown>;

/** Names of values by their path; a list counts by its members. */
function flatten(value: unknown, path = ""): [string, unknown][] {
  if (Array.isArray(value)) return value.flatMap((each) => flatten(each, path));
  if (typeof value !== "object" || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([name, each]) => flatten(each, path === "" ? name : `${path}.${name}`));
}

describe("an ECS document", () => {
  const date = (value: unknown) => typeof value === "string" && !Number.isNaN(Date.parse(value));
  const keyword = (value: unknown) => typeof value === "string";
  const long = Number.isSafeInteger;
  const oneOf =
    (...allowed: string[]) =>
    (value: unknown) =>
      allowed.includes(String(value));
  /** Types and allowed values of the field reference of ECS 8. */
  const fields: Record<string, (value: unknown) => boolean> = {
    "@timestamp": date,
    "ecs.version": (value) => /^8\.\d+\.\d+$/.test(String(value)),
    message: keyword,
    tags: keyword,
    "event.kind": oneOf("alert", "enrichment", "event", "metric", "state", "pipeline_error", "signal"),
    "event.category": oneOf("intrusion_detection", "web", "threat", "network"),
    "event.type": oneOf("info", "denied", "allowed", "indicator"),
    "event.outcome": oneOf("failure", "success", "unknown"),
    "event.module": keyword,
    "event.dataset": (value) => String(value).startsWith("sentinel."),
    "event.provider": keyword,
    "event.id": keyword,
    "event.severity": long,
    "event.risk_score": (value) => typeof value === "number" && value >= 0 && value <= 100,
    "event.created": date,
    "event.start": date,
    "event.end": date,
    "rule.category": keyword,
    "rule.name": keyword,
    "observer.vendor": keyword,
    "observer.product": keyword,
    "observer.type": keyword,
    "observer.name": keyword,
    "observer.version": keyword,
    "source.address": keyword,
    "source.ip": (value) => isIP(String(value)) !== 0 && !String(value).includes("%"),
    "destination.address": keyword,
    "destination.domain": keyword,
    "destination.ip": (value) => isIP(String(value)) !== 0 && !String(value).includes("%"),
    "destination.port": (value) => long(value) && Number(value) <= 65_535,
    "http.request.method": keyword,
    "url.original": keyword,
    "url.path": keyword,
    "threat.framework": oneOf("MITRE ATT&CK"),
    "threat.technique.id": (value) => /^T\d{4}$/.test(String(value)),
    "threat.technique.subtechnique.id": (value) => /^T\d{4}\.\d{3}$/.test(String(value)),
  };

  test("holds known fields of their types, and its own under its own name", () => {
    fc.assert(
      fc.property(hostileAlert, (alert) => {
        const text = ecsFormat.write(alert, telling);
        const lines = text.split("\n");
        expect(lines).toHaveLength(3);
        expect(lines[2]).toBe("");
        expect(JSON.parse(lines[0]!)).toEqual({ index: { _id: alert.id } });
        const document = JSON.parse(lines[1]!) as Json;
        for (const [path, value] of flatten(document)) {
          if (path.startsWith("sentinel.")) continue;
          expect(fields[path]?.(value), `${path}: ${String(value)}`).toBe(true);
        }
        for (const needed of ["@timestamp", "ecs", "event"]) expect(document).toHaveProperty([needed]);
      }),
      { numRuns: 300 },
    );
  });

  test("what is seen an hour ahead stays where the evidence says; when it was told stands beside", () => {
    const ahead = plainAlert({ last_seen: "2026-06-01T10:00:00.000Z" });
    const document = JSON.parse(ecsFormat.write(ahead, telling).split("\n")[1]!) as Json;
    expect(document).toMatchObject({
      "@timestamp": "2026-06-01T10:00:00.000Z",
      event: { created: telling.at },
      sentinel: { told_at: telling.at },
    });
  });
});

test("a HEC event has the envelope that the collector knows and nothing else", () => {
  fc.assert(
    fc.property(hostileAlert, (alert) => {
      const event = JSON.parse(hecFormat.write(alert, telling)) as Json;
      expect(Object.keys(event).sort()).toEqual(["event", "host", "source", "sourcetype", "time"]);
      // Epoch seconds with milliseconds: the collector reads a larger number as another unit.
      expect(event.time).toBeLessThan(1e11);
      expect(["low", "medium", "high", "critical"]).toContain((event.event as Json).severity);
      expect((event.event as Json).id).toBe(alert.id);
    }),
    { numRuns: 200 },
  );
});

describe("an OCSF finding", () => {
  /** Attributes of version 1.3.0, of those that are written here. */
  const attributes: Record<string, readonly string[]> = {
    "": [
      ...["activity_id", "activity_name", "category_uid", "category_name", "class_uid", "class_name", "type_uid"],
      ...["time", "severity_id", "severity", "status_id", "status", "status_detail", "confidence_score", "count"],
      ...["message", "metadata", "finding_info", "evidences", "unmapped"],
    ],
    metadata: ["version", "uid", "product"],
    finding_info: [
      "uid",
      "title",
      "types",
      "created_time",
      "modified_time",
      "first_seen_time",
      "last_seen_time",
      "attacks",
    ],
    evidence: ["src_endpoint", "dst_endpoint", "data"],
    endpoint: ["ip", "name", "hostname", "port"],
  };
  const holdsOnly = (object: unknown, kind: string) => {
    for (const name of Object.keys(object as Json)) expect(attributes[kind]).toContain(name);
  };

  test("has what class 2004 requires, with ids of its lists", () => {
    fc.assert(
      fc.property(hostileAlert, (alert) => {
        const finding = JSON.parse(ocsfFormat.write(alert, telling)) as Json;
        expect(finding).toMatchObject({ category_uid: 2, class_uid: 2004, metadata: { version: "1.3.0" } });
        expect([1, 2, 3]).toContain(finding.activity_id);
        expect(finding.type_uid).toBe(2004 * 100 + Number(finding.activity_id));
        expect([2, 3, 4, 5]).toContain(finding.severity_id);
        expect([1, 2, 3, 4]).toContain(finding.status_id);
        for (const time of flatten(finding).filter(([path]) => /(?:^|\.|_)time$/.test(path))) {
          expect(Number.isSafeInteger(time[1])).toBe(true);
        }
        const { product } = finding.metadata as { product: Json };
        expect(product.vendor_name).toBeTypeOf("string");
        const info = finding.finding_info as Json;
        expect(info.uid).toBe(alert.id);
        expect(info.title).toBeTypeOf("string");
        const score = finding.confidence_score as number;
        expect(Number.isInteger(score) && score >= 0 && score <= 100).toBe(true);
        const [evidence] = finding.evidences as Json[];
        const from = evidence!.src_endpoint as Json | undefined;
        const to = evidence!.dst_endpoint as Json | undefined;
        holdsOnly(finding, "");
        holdsOnly(finding.metadata, "metadata");
        holdsOnly(info, "finding_info");
        holdsOnly(evidence, "evidence");
        for (const endpoint of [from, to].filter((each) => each !== undefined)) {
          holdsOnly(endpoint, "endpoint");
          expect(Object.keys(endpoint).some((name) => ["ip", "name", "hostname"].includes(name))).toBe(true);
        }
        if (to?.hostname !== undefined) expect(to.hostname).toMatch(/^[a-zA-Z0-9.-]{1,255}$/);
        if (from?.ip !== undefined) expect(isIP(String(from.ip))).not.toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  test("names techniques where the schema has a field, and the rest beside it", () => {
    const finding = JSON.parse(ocsfFormat.write(plainAlert({ class: "xss", family: null }), telling)) as Json;
    expect(finding).toMatchObject({
      finding_info: {
        attacks: [
          { technique: { uid: "T1059" }, sub_technique: { uid: "T1059.007" }, version: "15" },
          { technique: { uid: "T1189" }, version: "15" },
        ],
      },
      unmapped: { capec: [63, 588], cwe: [79] },
    });
    const forged = JSON.parse(ocsfFormat.write(plainAlert({ class: "csrf", family: null }), telling)) as Json;
    expect(forged).toMatchObject({ unmapped: { capec: [62], cwe: [352] } });
    expect(forged.finding_info).not.toHaveProperty("attacks");
  });

  test("is created once, then updated, and closed", () => {
    const activity = (told: Partial<Parameters<typeof plainAlert>[0]>, firstAt = telling.firstAt) =>
      (JSON.parse(ocsfFormat.write(plainAlert(told), { ...telling, firstAt })) as Json).activity_id;
    expect(activity({})).toBe(1);
    expect(activity({}, "2026-05-01T00:00:00.000Z")).toBe(2);
    expect(activity({ status: "closed", reason: "duplicate" })).toBe(3);
  });
});

describe("STIX objects", () => {
  /** Required properties of STIX 2.1, by type; those of observables are few. */
  const required: Record<string, readonly string[]> = {
    identity: ["name"],
    "attack-pattern": ["name"],
    "observed-data": ["first_observed", "last_observed", "number_observed", "object_refs"],
    sighting: ["sighting_of_ref"],
    indicator: ["pattern", "pattern_type", "valid_from"],
    relationship: ["relationship_type", "source_ref", "target_ref"],
    "ipv4-addr": ["value"],
    "ipv6-addr": ["value"],
    "domain-name": ["value"],
    "network-traffic": ["protocols"],
  };
  const observables = new Set(["ipv4-addr", "ipv6-addr", "domain-name", "network-traffic"]);

  test("are whole, refer to each other alone, and are never older than themselves", () => {
    fc.assert(
      fc.property(hostileAlert, (alert) => {
        const { objects } = JSON.parse(stixFormat.write(alert, telling)) as { objects: Json[] };
        const ids = objects.map(({ id }) => String(id));
        expect(new Set(ids).size).toBe(ids.length);
        for (const object of objects) {
          const type = String(object.type);
          for (const name of ["id", "spec_version", ...required[type]!]) expect(object).toHaveProperty([name]);
          expect(object.id).toMatch(
            new RegExp(`^${type}--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`),
          );
          if (!observables.has(type)) expect(String(object.modified) >= String(object.created)).toBe(true);
          if (type === "observed-data") {
            expect(Number(object.number_observed)).toBeLessThanOrEqual(999_999_999);
            expect(String(object.last_observed) >= String(object.first_observed)).toBe(true);
          }
          if (type === "sighting") {
            expect(Number(object.count)).toBeLessThanOrEqual(999_999_999);
            if (object.last_seen !== undefined) expect(String(object.last_seen) > String(object.first_seen)).toBe(true);
          }
          if (object.confidence !== undefined) expect(Number(object.confidence)).toBeLessThanOrEqual(100);
          for (const [name, value] of Object.entries(object)) {
            if (name.endsWith("_ref")) expect(ids).toContain(value);
            if (name.endsWith("_refs")) for (const each of value as string[]) expect(ids).toContain(each);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test("keep their ids when the alert changes, with a later time", () => {
    const parse = (text: string) => (JSON.parse(text) as { objects: Json[] }).objects;
    const before = parse(stixFormat.write(plainAlert({}), telling));
    const after = parse(stixFormat.write(plainAlert({ sessions: 9 }), { ...telling, at: "2026-06-02T09:00:00.000Z" }));
    expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    const observed = (objects: Json[]) => objects.find(({ type }) => type === "observed-data")!;
    expect(String(observed(after).modified) > String(observed(before).modified)).toBe(true);
    expect(observed(after).created).toBe(observed(before).created);
  });

  test("a clock that was set back by an hour makes no object older than itself", () => {
    const back = { ...telling, at: "2026-06-01T08:00:00.000Z" };
    const { objects } = JSON.parse(stixFormat.write(plainAlert({}), back)) as { objects: Json[] };
    for (const { created, modified } of objects)
      if (created !== undefined) expect(String(modified) >= String(created)).toBe(true);
  });
});
