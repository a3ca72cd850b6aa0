import { z } from "zod";
import { ApiError, errorCodes } from "../../shared/errors.ts";
import type { Caller, Route } from "../../shared/route.ts";

type Json = Record<string, unknown>;

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly group: string;
  readonly role: string;
  readonly open: boolean;
  readonly callers: readonly Caller[];
  readonly parameters: readonly { name: string; in: "path" | "query"; required: boolean; schema: Json }[];
  readonly body: { readonly type: string; readonly schema: Json } | null;
  readonly reply: { readonly type: string; readonly schema: Json };
}

/** What one route looks like from outside. */
export function describeOperation(route: Route): Operation {
  const input = schemaOf(route.input, "input");
  const names = [...route.path.matchAll(/:([a-z_]+)/g)].map((match) => match[1]!);
  const properties = (input.properties ?? {}) as Record<string, Json>;
  const required = new Set((input.required as string[] | undefined) ?? []);
  const inQuery = route.method === "GET" || route.body === "raw";
  const parameters = Object.entries(properties)
    .filter(([name]) => names.includes(name) || inQuery)
    .map(([name, schema]) => {
      const inPath = names.includes(name);
      return {
        name,
        in: inPath ? ("path" as const) : ("query" as const),
        required: inPath || required.has(name),
        schema,
      };
    });
  return {
    method: route.method,
    path: route.path.replaceAll(/:([a-z_]+)/g, "{$1}"),
    summary: route.summary,
    group: groupOf(route.path),
    role: route.role,
    open: route.open === true,
    callers: route.callers,
    parameters,
    body: bodyOf(route, input, names),
    reply: { type: replyTypes[route.reply ?? "json"], schema: schemaOf(route.output, "output") },
  };
}

/** Said of an operation that only the user interface may call. */
export const windowOnly = "For the user interface alone: to the credentials of other programs it answers NOT_FOUND.";

export const isForPrograms = ({ callers }: Operation) => callers.includes("external");

const replyTypes = {
  json: "application/json",
  text: "text/plain",
  stream: "text/event-stream",
  bytes: "application/octet-stream",
} as const;

function bodyOf(route: Route, input: Json, pathNames: readonly string[]): Operation["body"] {
  if (route.body === "raw") return { type: "application/octet-stream", schema: { type: "string", format: "binary" } };
  if (route.method === "GET") return null;
  if (input.properties === undefined || pathNames.length === 0) return { type: "application/json", schema: input };
  const properties = Object.fromEntries(
    Object.entries(input.properties as Json).filter(([name]) => !pathNames.includes(name)),
  );
  const required = ((input.required as string[] | undefined) ?? []).filter((name) => !pathNames.includes(name));
  const { required: _all, ...rest } = input;
  const schema = { ...rest, properties, ...(required.length > 0 ? { required } : {}) };
  return Object.keys(properties).length === 0 ? null : { type: "application/json", schema };
}

/** "verdicts" of /api/v1/sentinel/verdicts/:id; routes outside that prefix are "engine". */
function groupOf(path: string): string {
  return /^\/api\/v1\/sentinel\/([a-z-]+)/.exec(path)?.[1] ?? "engine";
}

function schemaOf(type: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(type, { io, unrepresentable: "any" }) as Json;
  return schema;
}

/** The contract as an OpenAPI 3.1 document. */
export function openApiDocument(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const operation of routes.map(describeOperation)) {
    const reply = { description: "Done", content: { [operation.reply.type]: { schema: operation.reply.schema } } };
    const entry = {
      operationId: `${operation.method.toLowerCase()} ${operation.path}`.replaceAll(/[^a-z]+/gi, "_").replace(/_$/, ""),
      summary: operation.summary,
      tags: [operation.group],
      "x-role": operation.role,
      "x-callers": operation.callers,
      ...(isForPrograms(operation) ? {} : { description: windowOnly }),
      security: operation.open ? [] : [{ token: [] }, { pin: [] }],
      parameters: operation.parameters,
      ...(operation.body === null
        ? {}
        : { requestBody: { content: { [operation.body.type]: { schema: operation.body.schema } } } }),
      responses: {
        "200": reply,
        ...(operation.reply.type === replyTypes.stream ? { "204": { description: "Nothing more will come" } } : {}),
        default: { $ref: "#/components/responses/Error" },
      },
    };
    paths[operation.path] = { ...paths[operation.path], [operation.method.toLowerCase()]: entry };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Sentinel", version, description: "Verdicts on web-attack evidence. Loopback only." },
    paths,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        pin: { type: "apiKey", in: "header", name: "X-Sentinel-Pin" },
      },
      schemas: { Error: schemaOf(ApiError, "output") },
      responses: {
        Error: {
          description: `An error; codes: ${Object.keys(errorCodes).join(", ")}`,
          content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
        },
      },
    },
  };
}
