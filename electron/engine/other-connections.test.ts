import { expect, test } from "vitest";
import { environmentVariables, readConfig } from "./base/config.ts";
import { otherConnections } from "./other-connections.ts";

const nothing = { settings: { syslog_target: "", siem_outputs: [], update_server: "" }, gatekeepers: [], programs: [] };
const environment = {
  SENTINEL_KAFKA_BROKERS: "k1:9092, k2:9092",
  SENTINEL_S3_ENDPOINT: "https://s3.example/path",
  SENTINEL_S3_BUCKETS: "evidence",
  SENTINEL_POSTGRES_HOST: "db.example",
  SENTINEL_OTLP_ENDPOINT: "http://otel.example:4318/v1",
  SENTINEL_SIGNAL_ENABLED: "true",
  SENTINEL_SIGNAL_COMMAND: "/usr/bin/signal-cli -a +49123456789",
};

test("everybody who is configured is listed, without paths, arguments or secrets", () => {
  const siem = { format: "webhook", secret: "SECRET", min_severity: "low" } as const;
  const listed = otherConnections({
    config: readConfig(environment, "/tmp"),
    settings: {
      syslog_target: "tls://log.example:6514",
      update_server: "https://updates.example/sentinel",
      siem_outputs: [
        { ...siem, name: "a", on: true, address: "https://hook.example/services/SECRET" },
        { ...siem, name: "b", on: false, address: "https://off.example/" },
      ],
    },
    gatekeepers: ["https://gate.example:7443/", "127.0.0.1:7443"],
    programs: ["npx"],
  });
  expect(listed.map(({ what, to }) => `${what} ${to}`)).toEqual([
    "gatekeeper https://gate.example:7443",
    "gatekeeper 127.0.0.1:7443",
    "syslog tls://log.example:6514",
    "siem https://hook.example",
    "update https://updates.example",
    "traces http://otel.example:4318",
    "kafka k1:9092",
    "kafka k2:9092",
    "s3 https://s3.example",
    "postgres db.example:5432",
    "mcp_program npx",
    "signal_program /usr/bin/signal-cli",
  ]);
  expect(otherConnections({ config: readConfig({}, "/tmp"), ...nothing })).toEqual([]);
});

test("each setting that names somebody to speak to is one of those that are listed", () => {
  const naming = /_(?:BROKERS|ENDPOINT|HOST|URL|COMMAND|TARGET)$/;
  const named = Object.keys(environmentVariables).filter((name) => naming.test(name));
  // Whom the agent may call is listed from where the way out is made.
  const ofTheAgent = ["ANTHROPIC_BASE_URL", "OLLAMA_HOST", "SENTINEL_OLLAMA_URL"];
  // Docker's daemon is one of this machine: no other address is taken.
  const elsewhere = named.filter((name) => !ofTheAgent.includes(name) && name !== "DOCKER_HOST");
  expect(elsewhere.filter((name) => !(name in environment))).toEqual([]);
});
