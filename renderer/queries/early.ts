import { noteSignedOut } from "./signed-out.ts";
import { credentialsMode, readToken } from "./token.ts";

/**
 * What the verdict list asks the engine first. These are asked as soon as the page knows its token, while the rest of its code is
 * still being read, so that the answers are there when the first screen is.
 */
export const firstQuestions = [
  "/api/v1/sentinel/verdicts?limit=200",
  "/api/v1/sentinel/verdicts/counts",
  "/api/v1/sentinel/settings",
] as const;

const asked = new Map<string, Promise<Response>>();

/** Sends the first questions, where the page opens on the verdict list. An answer that fails is asked for again by who needs it. */
export function askEarly(hash: string): void {
  if (hash !== "" && hash !== "#/verdicts") return;
  const token = readToken();
  const headers = token === null ? undefined : { authorization: `Bearer ${token}` };
  const credentials = credentialsMode(token);
  for (const url of firstQuestions) {
    const answer = fetch(url, { headers: headers ?? {}, credentials, cache: "no-store" });
    answer.then(
      ({ status }) => status === 401 && noteSignedOut(),
      () => undefined,
    );
    asked.set(url, answer);
  }
}

/** The early answer to this question, once; undefined where there is none, or it did not succeed. */
export async function takeEarly(url: string): Promise<Response | undefined> {
  const answer = asked.get(url);
  asked.delete(url);
  const response = await answer?.catch(() => undefined);
  return response?.ok === true ? response : undefined;
}
