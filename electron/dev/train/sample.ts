import type { GeneratedText } from "../../engine/learn/training/labelled-text.ts";

/** One labelled value; its source is a public list, a grammar, a folder. Folds leave whole sources out. `kind` is one within the source. */
export type Sample = GeneratedText;
