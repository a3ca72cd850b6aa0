import { decodeCodings, readCodings } from "./body-coding.ts";
import { type Header, headerOf } from "./exchange.ts";
import type { Complain, ReadLimits } from "./reading.ts";
import { cutText, decodeBytes } from "./text.ts";

type Fields = Record<string, unknown>;

export interface ReadBody {
  readonly text: string;
  readonly cut: boolean;
}

/** The request's body from `postData`: its text, else put together from its parameters. Null: not recorded. */
export async function readRequestBody(
  request: Fields,
  headers: readonly Header[] | null,
  limits: ReadLimits,
  complain: Complain,
): Promise<ReadBody | null> {
  const { postData } = request;
  if (postData === undefined || postData === null) {
    const none = request.bodySize === 0 || /^(?:GET|HEAD|OPTIONS|TRACE|CONNECT)$/.test(String(request.method));
    return none ? { text: "", cut: false } : null;
  }
  if (typeof postData !== "object" || Array.isArray(postData)) {
    complain("EVIDENCE_UNREADABLE", "request.postData is no object.");
    return null;
  }
  const { text, params, encoding, mimeType } = postData as Fields;
  if (typeof text === "string" && (text !== "" || !Array.isArray(params) || params.length === 0)) {
    if (encoding === "base64") {
      return decodeBase64(
        text,
        headerOf(headers, "content-encoding"),
        limits.requestBody,
        "request.postData",
        complain,
      );
    }
    return cutText(text, limits.requestBody);
  }
  if (text !== undefined && text !== null && typeof text !== "string") {
    complain("EVIDENCE_UNREADABLE", "request.postData.text is no string.");
  }
  if (!Array.isArray(params)) return null;
  const type = typeof mimeType === "string" ? mimeType : (headerOf(headers, "content-type") ?? "");
  return cutText(joinParams(params, type), limits.requestBody);
}

/** A body out of HAR parameters, as a browser would have sent them (URL-encoded, or RFC 7578 multipart with a file name). */
export function joinParams(params: readonly unknown[], mimeType: string): string {
  const fields: { name: string; value: string; fileName: string | null }[] = [];
  for (const item of params.slice(0, 10_000)) {
    if (typeof item !== "object" || item === null) continue;
    const { name, value, fileName } = item as Fields;
    if (typeof name !== "string") continue;
    fields.push({
      name,
      value: typeof value === "string" ? value : "",
      fileName: typeof fileName === "string" ? fileName : null,
    });
  }
  const boundary = /boundary="?([^";,\s]{1,70})/i.exec(mimeType)?.[1];
  if (!mimeType.toLowerCase().startsWith("multipart/") || boundary === undefined) {
    return fields.map(({ name, value }) => `${encodePart(name)}=${encodePart(value)}`).join("&");
  }
  const parts = fields.map(({ name, value, fileName }) => {
    const file = fileName === null ? "" : `; filename="${fileName}"`;
    return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${value}\r\n`;
  });
  return `${parts.join("")}--${boundary}--\r\n`;
}

/** Recorders differ in whether parameters are decoded: what already holds only URL characters is left as it stands. */
function encodePart(text: string): string {
  return /^[!'()*+\-./0-9:;A-Z_a-z~%@,$?]*$/.test(text) ? text : encodeURIComponent(text.toWellFormed());
}

const textTypes =
  /^(?:text\/|application\/(?:[a-z0-9.+-]*(?:json|xml|javascript|ecmascript|graphql|yaml)|x-www-form-urlencoded|x-sh|sql)|image\/svg)/i;

/** Whether a body of this media type is kept as text. */
export function isTextType(type: string): boolean {
  return textTypes.test(type);
}

/** The response's body from `content`; null when it was not recorded or is no text. */
export async function readResponseBody(
  content: Fields,
  headers: readonly Header[] | null,
  limits: ReadLimits,
  complain: Complain,
): Promise<ReadBody | null> {
  const { text, encoding, mimeType } = content;
  if (text === undefined || text === null) return null;
  if (typeof text !== "string") {
    complain("EVIDENCE_UNREADABLE", "response.content.text is no string.");
    return null;
  }
  const type = typeof mimeType === "string" && mimeType !== "" ? mimeType : (headerOf(headers, "content-type") ?? "");
  const isText = isTextType(type);
  if (encoding !== "base64")
    return isText || type === "" || type === "x-unknown" ? cutText(text, limits.responseBody) : null;
  if (!isText) return null;
  return decodeBase64(text, headerOf(headers, "content-encoding"), limits.responseBody, "response.content", complain);
}

async function decodeBase64(
  text: string,
  coding: string | null,
  limit: number,
  where: string,
  complain: Complain,
): Promise<ReadBody | null> {
  const codings = readCodings(coding);
  // Only what can be kept is decoded; a compressed body has to be there whole.
  const whole = codings.length > 0;
  const wanted = whole ? text.length : Math.ceil((limit + 4) / 3) * 4;
  if (!/^[A-Za-z0-9+/_-]{0,64}/.exec(text)?.[0].length && text !== "") {
    complain("EVIDENCE_UNREADABLE", `${where} is no Base64.`);
    return null;
  }
  // HAR wants decoded bodies; recorders that keep them compressed say so only by the header.
  const decoded = await decodeCodings(Buffer.from(text.slice(0, wanted), "base64"), codings, limit, where, complain);
  const body = cutText(decodeBytes(decoded.bytes), limit);
  return { text: body.text, cut: text.length > wanted || decoded.cut || body.cut };
}
