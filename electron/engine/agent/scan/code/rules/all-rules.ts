import type { CodeRule } from "../rule.ts";
import { cRules } from "./c.ts";
import { csharpRules } from "./csharp.ts";
import { goRules } from "./go.ts";
import { javaRules } from "./java.ts";
import { javascriptRules } from "./javascript.ts";
import { phpRules } from "./php.ts";
import { pythonRules } from "./python.ts";
import { rubyRules } from "./ruby.ts";
import { rustRules } from "./rust.ts";
import { shellRules } from "./shell.ts";
import { sqlRules } from "./sql.ts";

/** Every rule of the code scanner. */
export const codeRules: readonly CodeRule[] = [
  ...pythonRules,
  ...javascriptRules,
  ...javaRules,
  ...cRules,
  ...phpRules,
  ...rubyRules,
  ...goRules,
  ...rustRules,
  ...csharpRules,
  ...sqlRules,
  ...shellRules,
];
