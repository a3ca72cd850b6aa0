import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkFiles } from "./deploy/check-files.ts";
import { checkCompose } from "./deploy/compose.ts";
import { checkBuildContext, checkImage } from "./deploy/image.ts";
import { checkKubernetes } from "./deploy/kubernetes.ts";
import { checkAlerts, checkDashboard, checkMetricsPage } from "./deploy/monitoring.ts";
import { outsideChecks, parseExpressions } from "./deploy/outside-tools.ts";
import { checkInstaller, checkPackaging, checkWorkflow } from "./deploy/packaging.ts";
import { checkUnit } from "./deploy/unit.ts";

const root = join(import.meta.dirname, "..", "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const outside = outsideChecks(root);
for (const { name, missing } of outside) {
  if (missing !== null) process.stdout.write(`SKIPPED: ${name}: ${missing}\n`);
}
const promtool = spawnSync("promtool", ["--version"]).status === 0;

test.each(Object.entries(checkFiles(root)))("%s is in order", (_name, problems) => {
  expect(problems).toEqual([]);
});

describe("the programs that read them find no fault", () => {
  for (const { name, missing, run } of outside) {
    test.skipIf(missing !== null)(name, () => expect(run()).toEqual([]));
  }
  test.skipIf(!promtool)("promtool parses every panel's expressions", () => {
    expect(parseExpressions(read("deploy/grafana/sentinel.json"))).toEqual([]);
    expect(parseExpressions(read("deploy/grafana/sentinel.json").replace("sum by", "sum buy"))).not.toEqual([]);
  });
});

const runbook = read("resources/docs/runbook.md");
const alerts = (text: string) => checkAlerts(text, runbook);
const manifests = (text: string) => checkKubernetes([text]);
const context = (text: string) => checkBuildContext(text, read("tsconfig.json"));
const withPolicy = (text: string) => checkKubernetes([text, read("deploy/kubernetes/network-policy.yaml")]);

/** A fault put into each file, and what is to be said of it. */
const faults: [
  why: string,
  check: (text: string) => string[],
  path: string,
  from: string | RegExp,
  to: string,
  want: string,
][] = [
  ["no tag", checkImage, "deploy/Dockerfile", /:24\S+ AS build/, " AS build", "no tag that stays"],
  ["all but what is named", context, ".dockerignore", /^\*$/m, "node_modules", "it does not name"],
  ["the secrets' folder", context, ".dockerignore", "!shared", "!shared\n!deploy", "deploy comes near"],
  ["settings", context, ".dockerignore", "**/.env", "", "an .env"],
  ["what a build reads", context, ".dockerignore", "!e2e/tsconfig.json", "", "e2e/tsconfig.json is left out"],
  ["root", checkImage, "deploy/Dockerfile", "USER 10001:10001", "USER 0:0", "runs as root"],
  ["no health check", checkImage, "deploy/Dockerfile", "/health", "/", "health check"],
  [
    "a compiler",
    checkImage,
    "deploy/Dockerfile",
    "RUN rm -rf",
    "RUN apt-get install g++ && rm -rf",
    "installs or builds",
  ],
  ["an unknown setting", checkImage, "deploy/Dockerfile", "SENTINEL_OLLAMA_URL", "SENTINEL_OLAMA_URL", "is no setting"],
  [
    "privileged",
    checkCompose,
    "deploy/compose.yaml",
    '    user: "1000:1000"',
    '    user: "1000:1000"\n    privileged: true',
    "privileged",
  ],
  [
    "more processors than are there",
    checkCompose,
    "deploy/compose.yaml",
    "MODEL_CPUS:-2",
    "MODEL_CPUS:-4",
    "two processors",
  ],
  ["a folder of root's", checkCompose, "deploy/compose.yaml", ",uid=1000,gid=1000", "", "nobody may write"],
  ["a broker without zstd", checkCompose, "deploy/compose.yaml", /KAFKA_OPTS.*/, "KAFKA_OPTS: -Dx=y", "load its zstd"],
  ["a network that dies", checkCompose, "deploy/compose.yaml", "/proc/net/dev", "/proc/net/route", "is cut off"],
  [
    "an engine in a lent network",
    checkCompose,
    "deploy/compose.yaml",
    "networks: [inside]\n    image: sentinel",
    "network_mode: service:kafka\n    image: sentinel",
    "a network of its own",
  ],
  [
    "a way to this machine",
    checkCompose,
    "deploy/compose.yaml",
    'inhibit_ipv4: "true"',
    'inhibit_ipv4: "false"',
    "is reached",
  ],
  ["root", checkCompose, "deploy/compose.yaml", '"1000:1000"', '"0:0"', "it is root"],
  ["a writable root", checkCompose, "deploy/compose.yaml", "read_only: true", "read_only: false", "read_only"],
  ["a temporary folder to run from", checkCompose, "deploy/compose.yaml", "noexec", "exec", "may run what it writes"],
  ["a way out", checkCompose, "deploy/compose.yaml", "internal: true", "internal: false", "has a way out"],
  ["latest", checkCompose, "deploy/compose.yaml", "apache/kafka:4.1.0", "apache/kafka:latest", "no tag that stays"],
  [
    "no limit",
    checkCompose,
    "deploy/compose.yaml",
    'deploy: { resources: { limits: { cpus: "2", memory: 3g, pids: 512 } } }',
    "deploy: {}",
    "engine: deploy",
  ],
  ["no health check", checkCompose, "deploy/compose.yaml", /interval: 30s/, "interval: 1h", "healthcheck"],
  [
    "a secret in the environment",
    checkCompose,
    "deploy/compose.yaml",
    "MINIO_ROOT_PASSWORD_FILE: /run/secrets/s3_secret_key",
    "MINIO_ROOT_PASSWORD: x",
    "is a secret in the environment",
  ],
  [
    "a secret that is not mounted",
    checkCompose,
    "deploy/compose.yaml",
    "secrets: [sentinel_pin, sentinel_token,",
    "secrets: [sentinel_pin,",
    "sentinel_token is not mounted",
  ],
  ["an unknown secret", checkCompose, "deploy/compose.yaml", "  sentinel_pin: { file", "  pin: { file", "is no secret"],
  [
    "the machine's network",
    withPolicy,
    "deploy/kubernetes/engine.yaml",
    "enableServiceLinks: false",
    "hostNetwork: true",
    "hostNetwork",
  ],
  [
    "a writable root",
    withPolicy,
    "deploy/kubernetes/engine.yaml",
    "readOnlyRootFilesystem: true",
    "readOnlyRootFilesystem: false",
    "readOnlyRootFilesystem",
  ],
  ["root", withPolicy, "deploy/kubernetes/engine.yaml", "runAsUser: 10001", "runAsUser: 0", "runAsUser"],
  [
    "privileges",
    withPolicy,
    "deploy/kubernetes/engine.yaml",
    "allowPrivilegeEscalation: false",
    "privileged: true",
    "allowPrivilegeEscalation",
  ],
  ["no limit", withPolicy, "deploy/kubernetes/engine.yaml", /limits: \{ cpu: "2".*/, "", "limits"],
  ["no probe", withPolicy, "deploy/kubernetes/engine.yaml", /livenessProbe.*/, "", "has no probe"],
  [
    "a volume that is not there",
    withPolicy,
    "deploy/kubernetes/engine.yaml",
    "name: data, mountPath",
    "name: date, mountPath",
    "there is no volume",
  ],
  [
    "no budget",
    withPolicy,
    "deploy/kubernetes/engine.yaml",
    "kind: PodDisruptionBudget",
    "kind: Other",
    "no PodDisruptionBudget",
  ],
  [
    "a folder of root's",
    withPolicy,
    "deploy/kubernetes/engine.yaml",
    "/var/lib/sentinel/engine",
    "/var/lib/sentinel",
    "volume's own",
  ],
  ["secrets copied once", withPolicy, "deploy/kubernetes/engine.yaml", "cp -fL", "cp -L", "once only"],
  ["no policy", manifests, "deploy/kubernetes/engine.yaml", "", "", "no NetworkPolicy"],
  [
    "a lax namespace",
    withPolicy,
    "deploy/kubernetes/namespace.yaml",
    "enforce: restricted",
    "enforce: baseline",
    "is not restricted",
  ],
  [
    "a hole in the policy",
    manifests,
    "deploy/kubernetes/network-policy.yaml",
    "podSelector: {}",
    "podSelector: { matchLabels: { app: x } }",
    "no NetworkPolicy",
  ],
  [
    "new privileges",
    checkUnit,
    "deploy/systemd/sentinel.service",
    "NoNewPrivileges=yes",
    "NoNewPrivileges=no",
    "NoNewPrivileges",
  ],
  ["a link", checkUnit, "deploy/systemd/sentinel.service", "HOME=/var/lib/private/", "HOME=/var/lib/", "is a link"],
  ["no netlink", checkUnit, "deploy/systemd/sentinel.service", " AF_NETLINK", "", "no sandbox starts"],
  [
    "a closed /proc/sys",
    checkUnit,
    "deploy/systemd/sentinel.service",
    "OOMPolicy",
    "ProtectKernelTunables=yes\nOOMPolicy",
    "ProtectKernelTunables",
  ],
  ["no limit", checkUnit, "deploy/systemd/sentinel.service", "MemoryMax=3G", "", "MemoryMax"],
  [
    "a credential that is not loaded",
    checkUnit,
    "deploy/systemd/sentinel.service",
    /LoadCredential=sentinel_token.*/,
    "",
    "is not loaded",
  ],
  [
    "an unknown setting",
    checkUnit,
    "deploy/systemd/sentinel.service",
    "SENTINEL_SECRETS",
    "SENTINEL_SECRET",
    "is no setting",
  ],
  ["no section", alerts, "deploy/prometheus/alerts.yaml", "alert: SentinelDown", "alert: SentinelGone", "no section"],
  ["a wrong link", alerts, "deploy/prometheus/alerts.yaml", "#sentineldown", "#down", "leads elsewhere"],
  [
    "an unknown metric",
    alerts,
    "deploy/prometheus/alerts.yaml",
    "sentinel_fleet_results_behind >",
    "sentinel_fleet_result_behind >",
    "is no metric",
  ],
  [
    "an unknown metric",
    checkDashboard,
    "deploy/grafana/sentinel.json",
    "sentinel_jobs",
    "sentinel_job",
    "is no metric",
  ],
  ["a metric left out", checkMetricsPage, "resources/docs/observability.md", "`sentinel_jobs`", "", "is not described"],
  [
    "an unknown metric",
    checkMetricsPage,
    "resources/docs/observability.md",
    "`sentinel_jobs`",
    "`sentinel_job`",
    "no metric",
  ],
  [
    "a word its maker does not know",
    checkPackaging,
    "electron-builder.yml",
    "executableName",
    "executabelName",
    "linux",
  ],
  [
    "no address, which a deb asks for",
    checkPackaging,
    "electron-builder.yml",
    'homepage: "https://sentinel.example/", ',
    "",
    "homepage",
  ],
  ["nobody to ask", checkPackaging, "electron-builder.yml", " <maintainers@sentinel.example>", "", "maintainer"],
  ["a fuse that is on", checkPackaging, "electron-builder.yml", "runAsNode: false", "runAsNode: true", "runAsNode"],
  [
    "native code in the archive",
    checkPackaging,
    "electron-builder.yml",
    "  - node_modules/onnxruntime-node/**\n",
    "",
    "onnxruntime-node",
  ],
  [
    "a link that could be an option",
    checkInstaller,
    "deploy/windows/installer.nsh",
    '" -- "%1"',
    '" "%1"',
    "could be an option",
  ],
  ["links that stay", checkInstaller, "deploy/windows/installer.nsh", "DeleteRegKey", "; DeleteRegKe", "outlive"],
  [
    "an installer that registers no links",
    checkPackaging,
    "electron-builder.yml",
    "  include: deploy/windows/installer.nsh\n",
    "",
    "nsis",
  ],
  ["a moving action", checkWorkflow, ".github/workflows/ci.yml", "checkout@v5", "checkout@main", "not pinned"],
  [
    "no tests",
    checkWorkflow,
    ".github/workflows/ci.yml",
    "run: npm test",
    "run: npm run lint",
    "does not run npm test",
  ],
  ["rights to write", checkWorkflow, ".github/workflows/ci.yml", "contents: read", "contents: write", "contents"],
];

describe("a fault is found", () => {
  test.each(faults)("%s (%o, %s)", (_why, check, path, from, to, want) => {
    const whole = read(path);
    const broken = whole.replace(from, to);
    if (from !== "") expect(broken).not.toBe(whole);
    expect(check(broken).join("\n")).toContain(want);
  });

  test("a port that is published", () => {
    const broken = read("deploy/compose.yaml").replace(
      "    stop_grace_period",
      '    ports: ["8000:8000"]\n    stop_grace_period',
    );
    expect(checkCompose(broken).join("\n")).toContain("ports");
  });
});
