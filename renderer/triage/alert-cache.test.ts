import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import type { Alert } from "../../shared/alert.ts";
import { alertRows } from "../queries/alerts.ts";
import { listedAlerts, patchAlerts, putBack, takeOut } from "./alert-cache.ts";

const view = { q: "is:open", order: "newest" as const };
const alert = (id: string, version = 0) => ({ id, version }) as Alert;

function setUp(...pages: string[]) {
  const client = new QueryClient();
  const { pages: all, head } = alertRows(view);
  const items = pages.map((ids) => ({ items: [...ids].map((id) => alert(id)), next: null, askedAt: 0 }));
  client.setQueryData(all.queryKey, { pages: items, pageParams: pages.map(() => undefined) });
  client.setQueryData(head.queryKey, items[0]);
  const ids = () =>
    listedAlerts(client, view)
      .map(({ id }) => id)
      .join("");
  const headIds = () =>
    client
      .getQueryData(head.queryKey)
      ?.items.map(({ id }) => id)
      .join("");
  return { client, ids, headIds };
}

test.each([
  { pages: ["abc", "def"], out: "b", left: "acdef", head: "ac" },
  { pages: ["abc", "def"], out: "abcf", left: "de", head: "" },
  { pages: ["abc", "def"], out: "abcdef", left: "", head: "" },
  { pages: ["", "abc"], out: "c", left: "ab", head: "" },
])("rows leave the queue and come back to where they stood: $out of $pages", ({ pages, out, left, head }) => {
  const { client, ids, headIds } = setUp(...pages);
  const taken = takeOut(client, view, new Set(out));
  expect([ids(), headIds()]).toEqual([left, head]);
  putBack(
    client,
    view,
    taken,
    [...out].map((id) => alert(id)),
  );
  expect(ids()).toBe(pages.join(""));
  putBack(
    client,
    view,
    taken,
    [...out].map((id) => alert(id)),
  );
  expect(ids()).toBe(pages.join(""));
});

test("a row shows the later of two versions, unless the later one did not come about", () => {
  const { client } = setUp("ab");
  const version = () => listedAlerts(client, view)[0]?.version;
  patchAlerts(client, [alert("a", 2)]);
  patchAlerts(client, [alert("a", 1)]);
  expect(version()).toBe(2);
  patchAlerts(client, [alert("a", 1)], { isForced: true });
  expect(version()).toBe(1);
});
