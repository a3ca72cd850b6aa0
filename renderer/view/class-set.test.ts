import { expect, test } from "vitest";
import type { PayloadClass } from "../../shared/payload.ts";
import { doubtInWords } from "./class-set.ts";

test.each<{ said?: PayloadClass; set: PayloadClass[] | undefined; want: string | null }>([
  { set: undefined, want: null },
  { set: ["xss"], want: null },
  { set: [], want: "less sure of any class than for most known payloads" },
  { set: ["benign", "xss"], want: "could be Benign or Cross-site scripting" },
  { said: "benign", set: ["xxe"], want: "less sure of Benign than for most known payloads of it" },
])("a set of $set: $want", ({ said = "xss", set, want }) => expect(doubtInWords(said, set)).toBe(want));
