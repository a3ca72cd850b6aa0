import { createHash } from "node:crypto";
import { MessageChannel } from "node:worker_threads";
import { generateRows } from "../fixture-rows.ts";
import { runTraining } from "./run-training.ts";
import { sendDataset } from "./training-task.ts";

// Trains in a process of its own, which a test kills: tells each epoch on standard output, and in the end the hash of the model.
const tell = (line: string) => void process.stdout.write(`${line}\n`);
const [progressPath, startPath, hash] = process.argv.slice(2) as [string, string, string];
const { port1, port2 } = new MessageChannel();
port1.on("message", ({ done, total, loss }) => tell(`epoch ${done} of ${total}: ${loss}`));
const running = runTraining({
  port: port2,
  seed: "killed",
  start: { path: startPath, hash, fitted: "nothing" },
  progressPath,
  saveEveryMs: 0,
});
await sendDataset(port1, { id: "v1", rows: generateRows("killed", 240) });
const result = await running;
port1.close();
if ("error" in result) tell(`failed ${result.error.message}`);
else tell(`model ${createHash("sha256").update(result.value.bytes).digest("hex")}`);
