import { z } from "zod";
import { defineRoute, roles } from "./route.ts";
import { Instant } from "./units.ts";

/** `certificate SERIAL` (hexadecimal) or `token sha256:HASH`: names a credential and does not hold it. */
export const CredentialId = z
  .string()
  .regex(/^(certificate [0-9A-F]{1,40}|token sha256:[0-9a-f]{64})$/)
  .describe("certificate SERIAL or token sha256:HASH");

/** Who asks, as the engine knows them. */
export const CallerIdentity = z.object({ name: z.string(), role: z.enum(roles) });
export type CallerIdentity = z.infer<typeof CallerIdentity>;

export const getCaller = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/network/caller",
  summary: "Who asks, and with which role",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: CallerIdentity,
});

/** A credential of the network's listener. */
export const NetworkSession = z.object({
  credential: CredentialId,
  name: z.string(),
  role: z.enum(roles),
  /** Null: it does not end by itself. */
  ends_at: Instant.nullable(),
  revoked: z.boolean(),
  /** Null: not since the engine was started. */
  last_seen_at: Instant.nullable(),
  last_address: z.string().nullable(),
  connections: z.number().int().min(0),
});
export type NetworkSession = z.infer<typeof NetworkSession>;

export const listNetworkSessions = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/network/sessions",
  summary: "Tokens of the network's listener, and certificates seen since the start, with who last came with them",
  role: "admin",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.array(NetworkSession),
});

export const revokeNetworkSession = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/network/revoke",
  summary: "Revoke a certificate or token; its connections end within seconds. Cannot be undone",
  role: "admin",
  callers: ["ui"],
  input: z.strictObject({ credential: CredentialId }),
  output: z.object({ revoked: z.literal(true) }),
});
