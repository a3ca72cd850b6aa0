import fc from "fast-check";
import { expect, test } from "vitest";
import { createRouteTemplates } from "./route-template.ts";

const templates = createRouteTemplates(" /shop/{item}/reviews, /v2/{tenant} ");

test.each([
  ["/api/user/42", "/api/user/{id}"],
  ["/api/user/ann@example.com?tab=1#top", "/api/user/{id}"],
  ["/api/project/a-b", "/api/project/{id}"],
  ["/api/file/report.pdf", "/api/file/{name}"],
  ["https://host.example:8443/api/file/x", "/api/file/{name}"],
  ["/shop/blue-shirt/reviews", "/shop/{item}/reviews"],
  ["/v2/acme", "/v2/{tenant}"],
  ["/v2/acme/orders/17", "/v2/acme/orders/{id}"],
  ["/o/3f2504e0-4f89-11d3-9a0c-0305e82c3301", "/o/{uuid}"],
  ["/reset/9f86d081884c7d659a2feaa0c55ad015", "/reset/{token}"],
  ["/reset/eyJhbGciOiJIUzI1NiJ9x", "/reset/{token}"],
  ["/u/bob%40example.com", "/u/{email}"],
  ["/q/' OR 1=1", "/q/{value}"],
  ["/", "/"],
  ["", "/"],
  ["//a///b/", "/a/b"],
])("%s becomes %s", (route, want) => {
  expect(templates(route)).toBe(want);
});

test("a template is short, and a template of itself", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 90 }), { maxLength: 30 }), (segments) => {
      const template = templates(`/${segments.join("/")}`);
      expect(template.length).toBeLessThan(850);
      expect(templates(template)).toBe(template);
    }),
    { numRuns: 100 * Number(process.env.TORTURE ?? 1) },
  );
});
