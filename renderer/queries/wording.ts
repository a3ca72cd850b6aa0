import type { Input } from "../../shared/route.ts";
import { putInWords } from "../../shared/wording.ts";
import { call } from "./client.ts";

export type WordingSubject = Input<typeof putInWords>["about"];

export const sendWording = (about: WordingSubject) => call(putInWords, { about });
