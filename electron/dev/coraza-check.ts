import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const checker = join(import.meta.dirname, "../../node_modules/.cache/sentinel/coraza-check");

/** Whether the Coraza engine is there: `npm test` builds it where Go is installed. */
export const hasCoraza = existsSync(checker);

/** A request as Coraza is given it. */
export interface SentToCoraza {
  readonly method?: string;
  readonly target: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
}

/** What the real Coraza engine does with requests under some SecLang. @returns status 0 for what passes */
export function askCoraza(rules: string, requests: readonly SentToCoraza[]): { status: number; rules: number[] }[] {
  const input = {
    rules,
    requests: requests.map(({ method = "GET", target, headers = [], body = "" }) => ({
      method,
      target,
      headers: [["Host", "shop.example"], ...headers],
      body,
    })),
  };
  return JSON.parse(execFileSync(checker, [], { input: JSON.stringify(input), encoding: "utf8" }));
}
