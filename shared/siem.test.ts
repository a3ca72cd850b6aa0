import { expect, test } from "vitest";
import { type SiemOutput, siemProblem } from "./siem.ts";

const good: SiemOutput = {
  name: "soc",
  format: "splunk_hec",
  address: "https://siem.example:8088",
  secret: "token",
  min_severity: "low",
  on: false,
};
const whsec = `whsec_${"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}`;

test.each([
  { why: "a token in plain sight of the network", more: { address: "http://siem.example" } },
  { why: "a password in the address", more: { address: "https://u:p@siem.example" } },
  { why: "a query in the address", more: { address: "https://siem.example/?key=1" } },
  { why: "no token", more: { secret: "" } },
  { why: "a token with a line break", more: { secret: "a\r\nX: y" } },
  { why: "no index", more: { format: "ecs" as const } },
  { why: "no collection", more: { format: "stix" as const, address: "https://siem.example/taxii2/" } },
  { why: "a signing secret that is too short", more: { format: "webhook" as const, secret: "whsec_YWJj" } },
  { why: "no syslog server", more: { format: "cef" as const, address: "https://siem.example" } },
  { why: "a name that only begins as this machine's", more: { address: "http://127.0.0.1.example" } },
])("$why is refused, by the name of the output", ({ more }) => {
  expect(siemProblem({ ...good, ...more })).toMatch(/^siem_outputs: soc: .*\.$/);
});

test.each([
  good,
  { ...good, address: "http://127.0.0.1:8088" },
  { ...good, format: "ecs" as const, address: "https://es.example:9200/sentinel-alerts", secret: "" },
  {
    ...good,
    format: "stix" as const,
    address: "https://taxii.example/api1/collections/91a7b528/",
    secret: "user:password",
  },
  { ...good, format: "webhook" as const, address: "https://hooks.example/alerts", secret: whsec },
  { ...good, format: "cef" as const, address: "tls://siem.example:6514", secret: "" },
])("$format at $address is taken", (output) => {
  expect(siemProblem(output)).toBeNull();
});
