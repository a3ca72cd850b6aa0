// Tells a fleet of evidence that lies in a bucket, and waits for its verdicts:
//   node announce-evidence.mjs BROKER:9092 s3://evidence/recording.har recording.har
// The file is what was put into the bucket: its hash and size go into the message. Prints a line for each session.
import { createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { Consumer, Producer, stringDeserializers, stringSerializers } from "@platformatic/kafka";

const [broker, uri, file] = process.argv.slice(2);
const bytes = readFileSync(file);
const id = randomUUID();
const client = { clientId: "announce-evidence", bootstrapBrokers: [broker] };

// It listens first, so that no answer is missed.
const consumer = new Consumer({ ...client, groupId: `announce-${id}`, deserializers: stringDeserializers });
const answers = await consumer.consume({
  topics: ["events.evidence_ready", "events.sentinel_verdict", "events.evidence_created.dead_letter"],
  mode: "earliest",
});

const producer = new Producer({ ...client, serializers: stringSerializers });
const value = JSON.stringify({
  evidence_id: id,
  uri,
  sha256: createHash("sha256").update(bytes).digest("hex"),
  size: bytes.length,
  created_at: new Date().toISOString(),
});
await producer.send({ messages: [{ topic: "events.evidence_created", key: id, value }] });
await producer.close();

// Content that the fleet knows already is not judged again, and nothing more is told of it.
const late = setTimeout(() => {
  process.stdout.write("Nothing was told within two minutes: the content is known already, or no engine takes part.\n");
  process.exit(2);
}, 120_000);

let sessions = null;
let told = 0;
for await (const { topic, key, value: text, headers } of answers) {
  const answer = JSON.parse(text);
  if (answer.evidence_id !== id) continue;
  if (topic.endsWith("dead_letter")) {
    process.stdout.write(`refused: ${key} ${headers.get("error-code")}: ${headers.get("error-message")}\n`);
    process.exitCode = 1;
    break;
  }
  if (topic === "events.evidence_ready") sessions = answer.sessions;
  else {
    const { verdict, final_score, explain } = answer.verdict;
    process.stdout.write(`${verdict}\t${final_score.toFixed(3)}\t${explain.narrative}\n`);
    told++;
  }
  if (told === sessions) break;
}
clearTimeout(late);
await answers.close();
await consumer.close(true);
