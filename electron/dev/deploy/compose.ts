import { parse } from "yaml";
import { z } from "zod";
import { unknownSecrets, unknownVariables, unpinned } from "./names.ts";

/** Kafka unpacks its zstd there, and loads it: from a folder that cannot run programs it reads and writes none of the engines' batches. */
const kafkaNative = "/opt/kafka/native:rw,exec,nosuid,nodev,size=16m,mode=0700,uid=1000,gid=1000";
const amount = z.union([z.string(), z.number()]);
/** Docker starts nothing that may use more processors than the machine has. */
const cpus = z
  .string()
  .refine(
    (text) => Number(/^\$\{\w+:-([\d.]+)\}$/.exec(text)?.[1] ?? text) <= 2,
    "it asks for more than two processors",
  );
const Service = z.strictObject({
  image: z.string(),
  build: z.object({ context: z.string(), dockerfile: z.string() }).optional(),
  user: z.string().regex(/^[1-9]\d*:[1-9]\d*$/, "it is root, or no number"),
  read_only: z.literal(true),
  restart: z.string(),
  cap_drop: z.tuple([z.literal("ALL")]),
  security_opt: z.array(z.string()).refine((all) => all.includes("no-new-privileges:true"), "it may gain privileges"),
  logging: z.unknown(),
  networks: z.union([z.array(z.string()), z.record(z.string(), z.unknown())]).optional(),
  network_mode: z
    .string()
    .regex(/^service:/, "it shares a network that is not another service's")
    .optional(),
  environment: z.record(z.string(), amount).optional(),
  secrets: z.array(z.string()).optional(),
  volumes: z
    .array(z.string().regex(/^\.\/[\w/-]+:\/[\w/-]+(:ro)?$/, "it mounts more than a folder beside it"))
    .optional(),
  // SECURITY: what can be written there cannot be run. Beside /tmp each has an owner: runc before 1.2 gives a folder that the image has
  // that one's mode, and root alone could write there.
  tmpfs: z.array(
    z.union([
      z.literal(kafkaNative),
      z
        .string()
        .regex(/^\/[\w/]+:rw,noexec,nosuid,nodev,/, "it may run what it writes")
        .regex(/^\/tmp:.*,size=\d+m,mode=1777$|,size=\d+m,mode=0700,uid=\d+,gid=\d+$/, "nobody may write there"),
    ]),
  ),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  profiles: z.array(z.string()).optional(),
  devices: z.array(z.string().regex(/^[a-z.]+\/[a-z]+=\w+$/, "it is no CDI device")).optional(),
  stop_grace_period: z.string().optional(),
  healthcheck: z.union([
    z.strictObject({ disable: z.literal(true) }),
    z.object({ test: z.array(z.string()).min(2), interval: z.literal("30s") }),
  ]),
  deploy: z.object({
    resources: z.object({ limits: z.object({ cpus, memory: z.string(), pids: z.number() }) }),
  }),
});
const Compose = z.strictObject({
  name: z.string(),
  services: z.record(z.string(), z.unknown()),
  networks: z.record(
    z.string(),
    z.object({ internal: z.boolean().optional(), driver_opts: z.record(z.string(), z.string()).optional() }),
  ),
  secrets: z.record(z.string(), z.strictObject({ file: z.string().startsWith("./secrets/") })),
});

/** What is wrong with a compose file, in words. */
export function checkCompose(text: string): string[] {
  const raw = parse(text, { merge: true }) as Record<string, unknown>;
  const own = Object.fromEntries(Object.entries(raw).filter(([name]) => !name.startsWith("x-")));
  const file = Compose.safeParse(own);
  if (!file.success) return inWords("compose", file.error);
  const { services, networks, secrets } = file.data;
  const problems = [...unknownVariables(text), ...unknownSecrets(Object.keys(secrets))];
  for (const [name, { internal, driver_opts }] of Object.entries(networks)) {
    // SECURITY: else every service of this machine that listens on all addresses is reached from inside.
    if (internal === true && driver_opts?.["com.docker.network.bridge.inhibit_ipv4"] !== "true")
      problems.push(`this machine is reached from the network ${name}`);
  }
  for (const [name, given] of Object.entries(services)) {
    const parsed = Service.safeParse(given);
    if (!parsed.success) {
      problems.push(...inWords(name, parsed.error));
      continue;
    }
    const service = parsed.data;
    const tell = (why: string) => problems.push(`${name}: ${why}`);
    const pin = unpinned(service.image);
    if (pin !== null) tell(pin);
    for (const secret of service.secrets ?? []) if (!(secret in secrets)) tell(`the secret ${secret} is not declared`);
    for (const other of Object.keys(service.depends_on ?? {})) if (!(other in services)) tell(`there is no ${other}`);
    const joined = Array.isArray(service.networks) ? service.networks : Object.keys(service.networks ?? {});
    if ((joined.length === 0) === (service.network_mode === undefined))
      tell("it needs a network, or another service's");
    // When the machine starts, Docker may start it before the one that it joins, and does not try again.
    if (name === "engine" && joined.length === 0) tell("it needs a network of its own");
    if (service.network_mode !== undefined && service.command?.some((one) => one.includes("/proc/net/dev")) !== true)
      tell("it is cut off where what it joins is started anew");
    for (const network of joined) {
      if (!(network in networks)) tell(`there is no network ${network}`);
      // SECURITY: only what fetches models, once and by hand, has a way out.
      else if (networks[network]!.internal !== true && service.profiles?.includes("setup") !== true) {
        tell(`the network ${network} has a way out`);
      }
    }
    if (
      service.image.startsWith("apache/kafka:") &&
      !(service.tmpfs.includes(kafkaNative) && String(service.environment?.KAFKA_OPTS).includes("/opt/kafka/native"))
    )
      tell("it cannot load its zstd");
    const isChecked = "test" in service.healthcheck;
    if (!isChecked && service.restart !== "no") tell("it has no health check");
    for (const [variable, value] of Object.entries(service.environment ?? {})) {
      if (/(PASSWORD|TOKEN|SECRET|KEY|PIN)$/.test(variable)) tell(`${variable} is a secret in the environment`);
      const file = /^\/run\/secrets\/(\w+)$/.exec(String(value))?.[1];
      if (file !== undefined && service.secrets?.includes(file) !== true) tell(`${variable}: ${file} is not mounted`);
    }
  }
  return problems;
}

export function inWords(where: string, error: z.ZodError): string[] {
  return error.issues.map(({ path, message }) => `${where}: ${[...path, message].join(": ")}`);
}
