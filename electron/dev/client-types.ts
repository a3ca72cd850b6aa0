import { compile, type JSONSchema } from "json-schema-to-typescript";
import type { Route } from "../../shared/route.ts";
import { routes } from "../../shared/routes.ts";
import { describeOperation, type Operation, openApiDocument } from "../api/openapi.ts";

const banner =
  "// Made by `npm run generate` from the same routes as /openapi.json: what programs on the external listener may call.";

const style = { printWidth: 120 };

/** Types of the client for other programs: parameters, body and reply of each operation that they may call. */
export async function describeClientTypes(): Promise<string> {
  const called = routes.filter(({ callers }) => callers.includes("external"));
  const operations = object(
    Object.fromEntries(called.map((route) => [nameOf(describeOperation(route)), typeOf(route)])),
  );
  const { components } = openApiDocument([], "") as { components: { schemas: { Error: JSONSchema } } };
  const options = { additionalProperties: false, bannerComment: "", ignoreMinAndMaxItems: true, style };
  const types = await compile(operations, "Operations", options);
  return `${banner}\n\n${types}\n${await compile(components.schemas.Error, "ErrorReply", options)}`;
}

const nameOf = ({ method, path }: Operation) => `${method} ${path}`;

function typeOf(route: Route): JSONSchema {
  const { parameters, body, reply, summary, role, open } = describeOperation(route);
  if (route.body === "raw") throw new Error(`The client sends JSON alone, not what ${route.path} takes.`);
  const named = Object.fromEntries(parameters.map(({ name, schema }) => [name, withTuples(schema)]));
  const required = parameters.filter((one) => one.required).map(({ name }) => name);
  const members: Record<string, JSONSchema> = {
    ...(parameters.length === 0 ? {} : { parameters: object(named, required) }),
    ...(body === null ? {} : { body: withTuples(body.schema) }),
    // What comes piece by piece, or is no text, is left to the caller.
    reply: route.reply === "stream" || route.reply === "bytes" ? { tsType: "Response" } : withTuples(reply.schema),
  };
  const optional = required.length === 0 ? ["parameters"] : [];
  const description = `${summary}. ${open ? "Open" : `Role: ${role}`}.`;
  return {
    ...object(
      members,
      Object.keys(members).filter((name) => !optional.includes(name)),
    ),
    description,
  };
}

function object(properties: Record<string, JSONSchema>, required = Object.keys(properties)): JSONSchema {
  return { type: "object", additionalProperties: false, properties, required };
}

/** The compiler knows tuples as JSON Schema had them before 2020-12: `items` for what is `prefixItems` now. */
function withTuples(schema: unknown): JSONSchema {
  if (Array.isArray(schema)) return schema.map(withTuples) as JSONSchema;
  if (typeof schema !== "object" || schema === null) return schema as JSONSchema;
  const { prefixItems, ...rest } = Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [name, withTuples(value)]),
  );
  if (!Array.isArray(prefixItems)) return rest;
  return { ...rest, items: prefixItems, additionalItems: false, minItems: prefixItems.length } as JSONSchema;
}
