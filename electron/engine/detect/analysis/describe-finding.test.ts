import { expect, test } from "vitest";
import type { RenderedRequest } from "../../evidence/exchange.ts";
import type { ClassifierOutput } from "../payload.ts";
import { describeFinding } from "./describe-finding.ts";

test("a finding shows the folders of Windows as they were sent, decoded", () => {
  const text = "..%5cwindows%5cwin.ini";
  const rendered = { text: `GET /?file=${text} HTTP/1.1`, headerValueStarts: [] } as unknown as RenderedRequest;
  const output: ClassifierOutput = {
    class: "path_traversal",
    confidence: 0.99,
    probabilities: [0, 0, 0, 0.99, 0, 0, 0.01],
    family: null,
    tier: "model",
    spans: [],
    set: ["path_traversal"],
    cut: false,
  };
  const finding = describeFinding(
    { index: 0, method: "GET", target: `/?file=${text}`, host: null },
    rendered,
    { place: "query", name: "file", text, start: 11, end: 11 + text.length },
    output,
    { outcome: "not_available", reason: "" },
  );
  expect(finding).toMatchObject({ text, canonical: "..\\windows\\win.ini", decodings: ["url"] });
});
