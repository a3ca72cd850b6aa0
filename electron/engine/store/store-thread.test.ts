import { expect, onTestFinished, test } from "vitest";
import { beginThread, takeThread } from "./store-thread.ts";

/** Says what it is told. */
const entry = new URL(
  `data:text/javascript,import { parentPort } from "node:worker_threads";
   parentPort.once("message", (message) => parentPort.postMessage(message));`,
);

test("a thread that has begun is taken once; who comes later gets one of their own", async () => {
  beginThread(entry);
  const first = takeThread(entry);
  const second = takeThread(entry);
  onTestFinished(async () => void (await Promise.all([first.terminate(), second.terminate()])));
  expect(first).not.toBe(second);
  for (const worker of [first, second]) {
    const answer = new Promise((resolve) => worker.once("message", resolve));
    worker.postMessage("begin");
    expect(await answer).toBe("begin");
  }
});

test("a thread that could not begin is begun anew when it is needed", async () => {
  const missing = new URL("./there-is-no-such-file.ts", import.meta.url);
  beginThread(missing);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const taken = takeThread(missing);
  await expect(new Promise((_, reject) => taken.once("error", reject))).rejects.toThrow("there-is-no-such-file");
});
