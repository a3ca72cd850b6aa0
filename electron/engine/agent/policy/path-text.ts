/** Why a path or command is refused: the rule by a short name, and what of it, in words. */
export interface Refusal {
  readonly rule: string;
  readonly reason: string;
}

/** Longest path and longest component, bytes. */
const longestPath = 4096;
const longestComponent = 255;
/** How often what decodes is decoded again to see whether it becomes a separator or dots. */
const decodings = 3;

const controls = /\p{Cc}/u;
/** Bidirectional controls (Unicode UAX 9) and what has no width: what is read is not what is meant. */
const unseen = /\p{Bidi_Control}|\p{Default_Ignorable_Code_Point}|[\ufff9-\ufffb]/u;
/** Names that Windows reads as devices, with or without an extension. */
const device = /^(?:con|prn|aux|nul|clock\$|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])(?:[. ].*)?$/i;
const shortName = /~\d+(?:\.|$)/;

/**
 * Whether a path's text may be used at all, whatever it leads to. Nothing in it is ever expanded; what another program could expand, decode
 * or read otherwise is refused.
 *
 * @returns null: it may
 */
export function refusePathText(path: string): Refusal | null {
  const refuse = (rule: string, reason: string): Refusal => ({ rule, reason });
  if (path === "") return refuse("empty", "The path is empty.");
  if (!path.isWellFormed()) return refuse("encoding", "The path is no valid text.");
  if (controls.test(path)) return refuse("control-character", "The path holds a control character.");
  if (unseen.test(path))
    return refuse("unseen-character", "The path holds a character that is not seen or turns the text around.");
  const text = path.normalize("NFC");
  if (Buffer.byteLength(text) > longestPath) return refuse("too-long", `The path is longer than ${longestPath} bytes.`);
  if (/^[\\/]{2}/.test(text)) return refuse("unc", "The path begins as the name of another machine or device does.");
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return refuse("scheme", "The path begins with a scheme or a drive.");
  if (text.includes("\\")) return refuse("backslash", "A backslash is no separator here.");
  if (/%(?:u[0-9a-f]{2}|[0-9a-f]{2})/i.test(text)) return refuse("escape", "The path holds an escape.");
  if (/\$[({]|[`*?[\]{}]/.test(text)) return refuse("expansion", "The path holds a sign that shells expand.");
  if (/^(?:~|\$|%[^%/]+%)/.test(text)) return refuse("expansion", "The path begins with what shells expand.");
  if (text.includes(":")) return refuse("stream", "A colon would name a stream of the file on Windows.");
  for (const component of text.split("/")) {
    const refusal = refuseComponent(component);
    if (refusal !== null) return refusal;
  }
  return null;
}

function refuseComponent(component: string): Refusal | null {
  const refuse = (rule: string, reason: string): Refusal => ({ rule, reason });
  if (component === "" || component === "." || component === "..") return null;
  if (Buffer.byteLength(component) > longestComponent) {
    return refuse("too-long", `A part of the path is longer than ${longestComponent} bytes.`);
  }
  if (/^\.{2,}$/.test(component)) return refuse("dots", "A part of the path is made of dots.");
  if (becomesDots(component))
    return refuse("escape", "A part of the path becomes a separator or dots once it is decoded.");
  if (/[. ]$/.test(component)) return refuse("trailing", "A part of the path ends with a dot or a space.");
  if (device.test(component)) return refuse("device", "A part of the path is the name of a device on Windows.");
  if (shortName.test(component)) return refuse("short-name", "A part of the path is a short name of Windows.");
  return null;
}

/** Whether some reader would see `.`, `..` or a separator where there is none. */
function becomesDots(component: string): boolean {
  let readings = [component];
  for (let round = 0; round < decodings; round++) {
    readings = [...new Set(readings.flatMap((text) => [text, ...decode(text)]))];
    if (readings.some((text) => text !== component && (/[\\/]/.test(text) || /^\.{1,2}$/.test(text.trim()))))
      return true;
  }
  return false;
}

function decode(text: string): string[] {
  const character = (code: number) => (code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "");
  return [
    text.normalize("NFKC"),
    text.replace(/;.*$/, ""),
    text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => character(Number.parseInt(hex, 16))),
    text.replace(/%u([0-9a-f]{4})/gi, (_, hex: string) => character(Number.parseInt(hex, 16))),
    // Overlong UTF-8 of `.`, `/` and `\`.
    text.replace(/%c0%([89ab][0-9a-f])/gi, (_, hex: string) => character(Number.parseInt(hex, 16) & 0x7f)),
    text.replace(/%c1%([89ab][0-9a-f])/gi, (_, hex: string) => character((Number.parseInt(hex, 16) & 0x3f) | 0x40)),
    text.replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) => character(Number.parseInt(hex, 16))),
    text
      .replace(/&#x([0-9a-f]{1,6});?/gi, (_, hex: string) => character(Number.parseInt(hex, 16)))
      .replace(/&#(\d{1,7});?/g, (_, digits: string) => character(Number(digits)))
      .replace(
        /&(?:sol|period|bsol|nbsp);/gi,
        (name) => ({ "&sol;": "/", "&period;": ".", "&bsol;": "\\" })[name.toLowerCase()] ?? " ",
      ),
  ];
}
