import { unknownSecrets, unknownVariables } from "./names.ts";

/** What hardens a service, and must be so. */
const wanted: Record<string, string> = {
  NoNewPrivileges: "yes",
  CapabilityBoundingSet: "",
  DynamicUser: "yes",
  ProtectSystem: "strict",
  ProtectHome: "yes",
  PrivateTmp: "yes",
  PrivateDevices: "yes",
  ProtectKernelModules: "yes",
  ProtectKernelTunables: "yes",
  ProtectControlGroups: "yes",
  RestrictSUIDSGID: "yes",
  LockPersonality: "yes",
  SystemCallArchitectures: "native",
  UMask: "0077",
};
const limits = ["MemoryMax", "TasksMax", "CPUQuota", "SystemCallFilter", "RestrictAddressFamilies", "TimeoutStopSec"];

/** What is wrong with a unit of systemd, in words. */
export function checkUnit(text: string): string[] {
  const values = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [, name, value] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) values.set(name, [...(values.get(name) ?? []), value!]);
  }
  const problems = unknownVariables(text);
  for (const [name, value] of Object.entries(wanted)) {
    if (values.get(name)?.at(-1) !== value) problems.push(`${name} is not ${value === "" ? "empty" : value}`);
  }
  for (const name of limits) if (!values.has(name)) problems.push(`${name} is not set`);
  const credentials = (values.get("LoadCredential") ?? []).map((line) => line.split(":")[0]!);
  problems.push(...unknownSecrets(credentials));
  for (const [, name] of text.matchAll(/%d\/(\w+)/g)) {
    if (!credentials.includes(name!)) problems.push(`the credential ${name} is not loaded`);
  }
  for (const line of values.get("Environment") ?? []) {
    if (/(PIN|TOKEN|KEY|PASSWORD)=/.test(line)) problems.push(`${line.split("=")[0]} is a secret in the environment`);
  }
  return problems;
}
