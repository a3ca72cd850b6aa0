import { describe, expect, test } from "vitest";
import type { Alert } from "../../../shared/alert.ts";
import { plainAlert, plainCase } from "./fixture-case.ts";
import { toStixBundle } from "./stix.ts";

const at = "2026-06-02T10:00:00.000Z";
const bundle = (alerts: readonly Alert[], told: Partial<ReturnType<typeof plainCase>> = {}) =>
  toStixBundle({ detail: { ...plainCase(alerts), ...told }, alerts, node: "node-1", at });
const types = (of: ReturnType<typeof bundle>) => of.objects.map(({ type }) => type);

/** Every id that an object refers to. */
function references(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (name.endsWith("_ref")) return [String(inner)];
    if (name.endsWith("_refs")) return (inner as string[]).map(String);
    return references(inner);
  });
}

describe("a STIX bundle", () => {
  const whole = bundle([
    plainAlert({ id: "a1", reason: "true_positive", status: "closed" }),
    plainAlert({ id: "a2", client: "2001:db8::7", class: "xss", host: "[2001:db8::1]:8080" }),
  ]);

  test("refers to nothing that is not in it, and names everything once", () => {
    const ids = whole.objects.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(references(whole.objects).filter((id) => !ids.includes(id))).toEqual([]);
    for (const { id, type } of whole.objects) {
      expect(id).toMatch(new RegExp(`^${type}--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`));
    }
  });

  test("tells the pattern of attack, who asked whom for what, and what is known to be bad", () => {
    expect(whole.objects).toContainEqual(
      expect.objectContaining({
        type: "attack-pattern",
        external_references: [
          { source_name: "capec", external_id: "CAPEC-66" },
          { source_name: "capec", external_id: "CAPEC-7" },
          { source_name: "cwe", external_id: "CWE-89" },
          { source_name: "mitre-attack", external_id: "T1190" },
        ],
      }),
    );
    expect(whole.objects).toContainEqual(expect.objectContaining({ type: "ipv6-addr", value: "2001:db8::1" }));
    expect(whole.objects).toContainEqual(expect.objectContaining({ type: "domain-name", value: "shop.example" }));
    const indicators = whole.objects.filter(({ type }) => type === "indicator");
    expect(indicators).toMatchObject([{ pattern: "[ipv4-addr:value = '203.0.113.7']" }]);
    expect(whole.objects).toContainEqual(
      expect.objectContaining({
        type: "network-traffic",
        extensions: { "http-request-ext": { request_method: "get", request_value: "/login" } },
      }),
    );
  });

  test("gives an observable the id that the standard gives it", () => {
    // As the reference implementation (OASIS cti-python-stix2) makes it.
    const address = whole.objects.find(({ value }) => value === "203.0.113.7");
    expect(address?.id).toBe("ipv4-addr--9ddd739e-87b1-587d-83f2-62ef1130af2f");
  });

  test("is the same for the same case, so that a second import adds nothing", () => {
    const later = toStixBundle({ detail: plainCase([]), alerts: [], node: "node-1", at: "2026-06-03T10:00:00.000Z" });
    expect(later.objects.map(({ id }) => id)).toEqual(bundle([]).objects.map(({ id }) => id));
  });

  test("says nothing of a time or a client that is not known", () => {
    const blind = bundle([plainAlert({ client: null, host: null, first_seen: null, last_seen: null })]);
    expect(types(blind)).toEqual(["identity", "attack-pattern", "grouping"]);
    const timeless = bundle([plainAlert({ first_seen: null, last_seen: null })]);
    expect(types(timeless)).not.toContain("observed-data");
    expect(types(timeless)).toContain("network-traffic");
  });

  test("takes what analysts wrote as text, and leaves out what was erased", () => {
    const item = { version: 1, case_id: "c1", by: "ana", written_at: "2026-06-01T09:00:00.000Z" };
    const notes = bundle([], {
      items: [
        { ...item, id: "n1", kind: "note", text: "<b>seen</b>" },
        { ...item, id: "n2", kind: "note", text: null },
      ],
      observables: [
        {
          type: "hash",
          value: "D41D8CD98F00B204E9800998ECF8427E",
          alerts: 0,
          elsewhere: null,
          q: null,
          item_id: "o",
          text: "",
        },
        { type: "address", value: "not an address", alerts: 0, elsewhere: 0, q: null, item_id: "p", text: "" },
      ],
    });
    expect(notes.objects.filter(({ type }) => type === "note")).toMatchObject([{ content: "<b>seen</b>" }]);
    expect(notes.objects).toContainEqual(
      expect.objectContaining({ type: "file", hashes: { MD5: "d41d8cd98f00b204e9800998ecf8427e" } }),
    );
    expect(types(notes).filter((type) => type.endsWith("-addr"))).toEqual([]);
  });
});
