import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

/** What the browser's own would do, driven by the test. */
class ScriptedRequest {
  static readonly all: ScriptedRequest[] = [];
  readonly upload: { onprogress?: (event: { loaded: number }) => void } = {};
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  status = 0;
  responseText = "";
  sent: Blob | null = null;
  open = vi.fn();
  setRequestHeader = vi.fn();
  constructor() {
    ScriptedRequest.all.push(this);
  }
  send(body: Blob) {
    this.sent = body;
  }
  abort() {
    this.onabort?.();
  }
  answer(status: number, text: string) {
    this.status = status;
    this.responseText = text;
    this.onload?.();
  }
}

const unload = new Set<(event: { preventDefault(): void }) => void>();
/** Whether the page would ask before it is left. */
function asks(): boolean {
  const preventDefault = vi.fn();
  for (const listener of unload) listener({ preventDefault });
  return preventDefault.mock.calls.length > 0;
}

beforeEach(() => {
  vi.stubGlobal("XMLHttpRequest", ScriptedRequest);
  vi.stubGlobal("sessionStorage", { getItem: () => null, setItem: () => undefined });
  vi.stubGlobal("location", { protocol: "http:", hash: "" });
  vi.stubGlobal("addEventListener", (type: string, listener: never) => type === "beforeunload" && unload.add(listener));
});
afterEach(() => vi.unstubAllGlobals());

test("a file tells how much of it was sent, and the page asks before it is left while one is not there yet", async () => {
  const { dropUpload, importFiles, useUploads } = await import("./uploads.ts");
  const client = new QueryClient();
  const shown = () => useUploads.getState().uploads.map(({ fileName, state, sent }) => `${fileName} ${state} ${sent}`);
  expect(asks()).toBe(false);
  importFiles(
    client,
    ["a", "b", "c"].map((name) => new File(["12345678"], name)),
    "dialog",
  );
  await vi.waitFor(() => expect(ScriptedRequest.all).toHaveLength(2));
  expect(asks()).toBe(true);
  ScriptedRequest.all[0]!.upload.onprogress!({ loaded: 5 });
  expect(shown()).toEqual(["a sending 5", "b sending 0", "c waiting 0"]);
  ScriptedRequest.all[0]!.answer(200, JSON.stringify({ job_id: "j1" }));
  await vi.waitFor(() => expect(ScriptedRequest.all).toHaveLength(3));
  ScriptedRequest.all[1]!.onerror!();
  ScriptedRequest.all[2]!.answer(413, JSON.stringify({ code: "INPUT_TOO_LARGE", message: "Too large." }));
  await vi.waitFor(() => expect(shown()).toEqual(["b failed 0", "c failed 0"]));
  expect(useUploads.getState().uploads.map(({ error }) => error?.code)).toEqual(["UNREACHABLE", "INPUT_TOO_LARGE"]);
  // What failed is with the analyst again: nothing is lost.
  expect(asks()).toBe(false);
  importFiles(client, [new File(["1"], "d")], "dialog");
  await vi.waitFor(() => expect(ScriptedRequest.all).toHaveLength(4));
  dropUpload(useUploads.getState().uploads.at(-1)!.id);
  expect(asks()).toBe(false);
});

test("what was pasted and is refused is told to whoever pasted it, and is no file of the list", async () => {
  const { importText, useUploads } = await import("./uploads.ts");
  const before = useUploads.getState().uploads;
  const sending = importText(new QueryClient(), "hello there");
  const refusal = expect(sending).rejects.toThrow("It is no request.");
  await vi.waitFor(() => expect(ScriptedRequest.all.at(-1)!.sent?.size).toBe(11));
  ScriptedRequest.all
    .at(-1)!
    .answer(415, JSON.stringify({ code: "EVIDENCE_UNKNOWN_FORMAT", message: "It is no request." }));
  await refusal;
  expect(useUploads.getState().uploads).toEqual(before);
});
