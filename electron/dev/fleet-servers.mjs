// The real servers that the fleet's tests speak to: fetched or built once, into a folder that outlives node_modules.
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { root, run, say } from "./prepare.mjs";

const gateway = "v1.8.0";
const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "sentinel");

/** Kafka's libraries, which Java runs. */
export const kafkaPath = join(folder, "kafka-4.1.0");
/** Versity's S3 gateway over a folder. */
export const s3Path = join(
  folder,
  `versitygw-${gateway}`,
  process.platform === "win32" ? "versitygw.exe" : "versitygw",
);

/** A real broker, from Maven Central. @throws Error with the reason where it cannot be had */
export function installKafka() {
  if (existsSync(kafkaPath)) return;
  say("Fetching Kafka's libraries (once) …");
  const pom = join(root, "electron", "dev", "kafka", "pom.xml");
  const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
  // Under another name until they are whole.
  const into = `${kafkaPath}.${process.pid}`;
  try {
    run("mvn", ["-q", "-B", "-f", pom, goal, `-DoutputDirectory=${into}`, "-DincludeScope=runtime"], { quiet: true });
    renameSync(into, kafkaPath);
  } finally {
    rmSync(into, { recursive: true, force: true });
  }
}

/** A real S3 server, from Go's module proxy. @throws Error with the reason where it cannot be had */
export function installS3() {
  if (existsSync(s3Path)) return;
  say("Building an S3 server (once) …");
  const into = join(s3Path, "..");
  mkdirSync(into, { recursive: true });
  run("go", ["install", `github.com/versity/versitygw/cmd/versitygw@${gateway}`], {
    quiet: true,
    env: { GOBIN: into },
  });
}
