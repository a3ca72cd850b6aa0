import { expect, test } from "vitest";
import type { PayloadClass } from "../../shared/payload.ts";
import { doubtInWords } from "./class-set.ts";

test.each<{ set: PayloadClass[] | undefined; want: string | null }>([
  { set: undefined, want: null },
  { set: ["xss"], want: null },
  { set: [], want: "less sure of any class than for most known payloads" },
  { set: ["benign", "xss"], want: "could be Benign or Cross-site scripting" },
])("a set of $set: $want", ({ set, want }) => expect(doubtInWords(set)).toBe(want));
