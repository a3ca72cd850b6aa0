import { SentinelError } from "../../../../shared/errors.ts";

/** Longest request, in UTF-16 units after normalising. */
export const longestRequest = 20_000;

/** Controls other than tab and line breaks. */
const control = /[\p{Cc}]/u;
/** Characters that show nothing: they carry text that a person does not see. */
const invisible = /[\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]/u;
/** Joiners within words and emoji, and the mark that a character is shown as a picture, are ordinary writing. */
const joiner = /(?<=[\p{L}\p{M}\p{Extended_Pictographic}])[\u200c\u200d](?=[\p{L}\p{M}\p{Extended_Pictographic}])/gu;
const picture = /(?<=[\p{Extended_Pictographic}0-9#*])\ufe0f/gu;

/**
 * What somebody asks for: without white space around it, in NFC, of characters that are seen.
 * @throws SentinelError INPUT_INVALID naming the character, INPUT_TOO_LARGE
 */
export function takeRequest(given: string): string {
  if (given.length > 2 * longestRequest) throw tooLong();
  const text = given.replace(/\r\n?/g, "\n").trim().normalize("NFC");
  if (text.length > longestRequest) throw tooLong();
  if (text === "") throw new SentinelError("INPUT_INVALID", "The request is empty.");
  const rest = text
    .replace(/[\t\n]/g, " ")
    .replace(joiner, "")
    .replace(picture, "");
  const found = control.exec(rest) ?? invisible.exec(rest);
  // SECURITY: what is not seen is not asked for: it would reach the planner as the user's word.
  if (found !== null) {
    const code = found[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
    throw new SentinelError("INPUT_INVALID", `The request holds a character that cannot be seen: U+${code}.`);
  }
  return text;
}

function tooLong(): SentinelError {
  return new SentinelError("INPUT_TOO_LARGE", `The request is longer than ${longestRequest} characters.`);
}
