import { generateAttacks, generateBenign } from "../engine/learn/training/generated/generate.ts";
import { createRandom } from "../engine/learn/training/random.ts";

/** Texts of the grammars: some thousand shapes of attacks and of ordinary values, mixed. */
function grammarTexts(): string[] {
  const random = createRandom("bench values");
  const samples = [...generateAttacks(random, 6000), ...generateBenign(random, 6000)];
  return random.shuffle(samples).map(({ text }) => text);
}

/** Values of 40 characters that differ from each other, cut from many shapes of attacks and ordinary text. */
export function shortValues(count: number): string[] {
  const texts = grammarTexts().filter((text) => text.length >= 20);
  return Array.from({ length: count }, (_, i) => {
    const text = texts[i % texts.length]!;
    const mark = ` ${i.toString(36)}`;
    return `${text}${" ".repeat(40)}`.slice(0, 40 - mark.length) + mark;
  });
}

/** Three words at least, with or without a number or a sign of punctuation. */
const plainText = /^(?:["'(]?(?:\p{L}{1,16}|\p{N}{1,6})(?:['’-]\p{L}{1,12})?[.,:;!?'")]*(?: |$)){3,}$/u;

/** Ordinary values in a row, hardly two of them alike, with an attack at the end. @param plain only those without signs of code or of an encoding */
export function longValue(length: number, { plain }: { plain: boolean }): string {
  const random = createRandom("bench text");
  const end = "' OR 1=1 --";
  const parts: string[] = [];
  for (let size = 0, batch = 0; size < length; batch++) {
    for (const { text } of generateBenign(createRandom(`bench text ${batch}`), 2000)) {
      if (plain && !plainText.test(text)) continue;
      parts.push(text);
      size += text.length + 1;
    }
  }
  return (
    random
      .shuffle(parts)
      .join(" ")
      .slice(0, length - end.length) + end
  );
}

function nest(text: string, times: number, wrap: (text: string) => string): string {
  return times === 0 ? text : nest(wrap(text), times - 1, wrap);
}

const attack = "1' UNION SELECT name, password FROM users --";

/** Values that nobody sends by chance, each with its name. */
export function hostileValues(): readonly { readonly name: string; readonly text: string }[] {
  const random = createRandom("bench bytes");
  const codes = (length: number, of: () => number) =>
    Array.from({ length: length / 1024 }, () => String.fromCharCode(...Array.from({ length: 1024 }, of))).join("");
  return [
    { name: "128 KB of text, code and encoded values in turn", text: longValue(131_072, { plain: false }) },
    { name: "1 MB of text, code and encoded values in turn", text: longValue(1_048_576, { plain: false }) },
    { name: "1 MB of binary", text: codes(1_048_576, () => random.below(256)) },
    { name: "128 KB of lone surrogates", text: codes(131_072, () => 0xd800 + random.below(2048)) },
    { name: "an attack in 20 layers of URL encoding", text: nest(attack, 20, encodeURIComponent) },
    {
      name: "an attack in 8 layers of Base64",
      text: nest(attack, 8, (text) => Buffer.from(text).toString("base64")),
    },
    { name: "128 KB of opened brackets", text: "[{(<".repeat(32_768) },
    { name: "128 KB of percent signs", text: "%".repeat(131_072) },
  ];
}
