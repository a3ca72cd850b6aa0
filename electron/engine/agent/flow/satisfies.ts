import { Ajv } from "ajv";
import { compileLinear } from "./linear-patterns.ts";

// The name by which a schema written out as code would find it; none is.
const regExp = Object.assign(compileLinear, { code: "compileLinear" });

/** Schemas that are kept compiled. */
const mostKept = 200;

/**
 * Whether values fit JSON Schemas (draft-07 and what of later drafts means the same).
 * SECURITY: patterns are matched in linear time, see {@link compileLinear}.
 * @returns false for a schema that cannot be read: what cannot be checked does not pass
 */
export function createSchemaCheck(): (schema: Readonly<Record<string, unknown>>, value: unknown) => boolean {
  const ajv = new Ajv({ strict: false, validateFormats: false, logger: false, code: { regExp } });
  const kept = new Map<string, (value: unknown) => boolean>();
  return (schema, value) => {
    const key = JSON.stringify(schema);
    let check = kept.get(key);
    if (check === undefined) {
      try {
        const { $schema: _, $id: __, ...rest } = schema;
        const compiled = ajv.compile(rest);
        check = (given) => compiled(given) === true;
      } catch {
        check = () => false;
      }
      if (kept.size >= mostKept) {
        kept.clear();
        ajv.removeSchema();
      }
      kept.set(key, check);
    }
    return check(value);
  };
}
