import { passesLuhn, passesMod11And10, remainder, weightedSum } from "./check-digits.ts";

/** A national identifier of persons. */
export interface NationalId {
  readonly rule: string;
  readonly country: string;
  /** Bounded; blanks and signs are taken out before `accepts`. */
  readonly pattern: RegExp;
  /** What must stand within the 60 characters before: for numbers that are otherwise only numbers. */
  readonly named?: RegExp;
  /** @param id letters in upper case and digits alone */
  accepts(id: string): boolean;
  readonly fires: string;
  readonly passes: string;
}

const spanishLetters = "TRWAGMYFPDXBNJZSQVHLCKE";
/** Values of characters at odd places of an Italian code, 0-9 then A-Z (Decreto ministeriale 12/03/1974). */
const italianOdd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
const italianOddLetters = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

function italianCheck(id: string): boolean {
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const code = id.charCodeAt(i);
    const isLetter = code > 57;
    const value = isLetter ? code - 65 : code - 48;
    sum += i % 2 === 1 ? value : isLetter ? italianOddLetters[value]! : italianOdd[value]!;
  }
  return id.charCodeAt(15) - 65 === sum % 26;
}

function brazilianCheck(id: string): boolean {
  if (/^(\d)\1*$/.test(id)) return false;
  const check = (length: number) => {
    const rest =
      (weightedSum(
        id,
        Array.from({ length }, (_, i) => length + 1 - i),
      ) *
        10) %
      11;
    return rest % 10 === Number(id[length]);
  };
  return check(9) && check(10);
}

/** A day of month and a month at these places, as many countries begin their numbers. */
const isMonthAndDay = (month: string, day: string) =>
  Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= 31;

/** Identifiers of a few countries, each with what its issuer lays down. */
export const nationalIds: readonly NationalId[] = [
  {
    rule: "us_social_security",
    country: "United States",
    pattern: /(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])/g,
    accepts: (id) => !/^(?:000|666|9)/.test(id) && !/^...00/.test(id) && !id.endsWith("0000"),
    fires: "SSN 536-22-8745",
    passes: "code 000-12-3456",
  },
  {
    rule: "uk_national_insurance",
    country: "United Kingdom",
    pattern: /(?<![A-Za-z0-9])[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D](?![A-Za-z0-9])/g,
    accepts: (id) => !/^(?:BG|GB|KN|NK|NT|TN|ZZ)/.test(id),
    fires: "NI number AB 12 34 56 C",
    passes: "GB123456A",
  },
  {
    rule: "spanish_dni",
    country: "Spain",
    pattern: /(?<![A-Za-z0-9])[XYZ0-9]\d{7}-?[A-Z](?![A-Za-z0-9])/g,
    accepts: (id) =>
      spanishLetters[Number(id.slice(0, 8).replace("X", "0").replace("Y", "1").replace("Z", "2")) % 23] === id[8],
    fires: "DNI 12345678Z",
    passes: "part 12345678A",
  },
  {
    rule: "french_nir",
    country: "France",
    pattern: /(?<![\w])[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?\d{2} ?\d{3} ?\d{3} ?\d{2}(?!\d)/g,
    accepts: (id) => 97 - (Number(id.slice(0, 13)) % 97) === Number(id.slice(13)),
    fires: "NIR 2 55 08 14 168 025 38",
    passes: "2 55 08 14 168 025 39",
  },
  {
    rule: "italian_codice_fiscale",
    country: "Italy",
    pattern: /(?<![A-Za-z0-9])[A-Z]{6}\d{2}[ABCDEHLMPRST]\d{2}[A-Z]\d{3}[A-Z](?![A-Za-z0-9])/g,
    accepts: italianCheck,
    fires: "CF RSSMRA85T10A562S",
    passes: "CF RSSMRA85T10A562A",
  },
  {
    rule: "brazilian_cpf",
    country: "Brazil",
    pattern: /(?<![\w.])\d{3}\.\d{3}\.\d{3}-\d{2}(?!\w)/g,
    accepts: brazilianCheck,
    fires: "CPF 529.982.247-25",
    passes: "CPF 529.982.247-26",
  },
  {
    rule: "swiss_ahv",
    country: "Switzerland",
    pattern: /(?<![\w.])756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}(?!\w)/g,
    accepts: (id) => weightedSum(id, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0,
    fires: "AHV 756.9217.0769.85",
    passes: "756.9217.0769.84",
  },
  {
    rule: "chinese_resident_id",
    country: "China",
    pattern: /(?<!\w)[1-9]\d{5}(?:19|20)\d{9}[\dX](?!\w)/g,
    accepts: (id) =>
      isMonthAndDay(id.slice(10, 12), id.slice(12, 14)) &&
      "10X98765432"[weightedSum(id, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11] === id[17],
    fires: "身份证 11010519491231002X",
    passes: "110105194912310021",
  },
  {
    rule: "swedish_personnummer",
    country: "Sweden",
    pattern: /(?<![\w-])(?:19|20)?\d{6}[-+]\d{4}(?![\w-])/g,
    accepts: (id) => isMonthAndDay(id.slice(-8, -6), id.slice(-6, -4)) && passesLuhn(id.slice(-10)),
    fires: "personnummer 811228-9874",
    passes: "811228-9875",
  },
  {
    rule: "german_tax_id",
    country: "Germany",
    pattern: /(?<![\w.])[1-9]\d ?\d{3} ?\d{3} ?\d{3}(?!\w)/g,
    named: /steuer|idnr|tax/i,
    accepts: passesMod11And10,
    fires: "Steuer-ID 86 095 742 719",
    passes: "order 86095742719",
  },
  {
    rule: "polish_pesel",
    country: "Poland",
    pattern: /(?<![\w.])\d{11}(?!\w)/g,
    named: /pesel/i,
    accepts: (id) => weightedSum(id, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0,
    fires: "PESEL 44051401359",
    passes: "number 44051401359",
  },
  {
    rule: "dutch_bsn",
    country: "the Netherlands",
    pattern: /(?<![\w.])\d{9}(?!\w)/g,
    named: /bsn|burgerservice|sofi/i,
    accepts: (id) => weightedSum(id, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0,
    fires: "BSN 111222333",
    passes: "order 111222333",
  },
  {
    rule: "indian_pan",
    country: "India",
    pattern: /(?<!\w)[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z](?!\w)/g,
    named: /\bpan\b|permanent account/i,
    accepts: () => true,
    fires: "PAN ABCPE1234F",
    passes: "model ABCPE1234F",
  },
  {
    rule: "belgian_rijksregister",
    country: "Belgium",
    pattern: /(?<![\w.])\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}(?!\w)/g,
    accepts: (id) =>
      [id.slice(0, 9), `2${id.slice(0, 9)}`].some((base) => 97 - remainder(base, 97) === Number(id.slice(9))),
    fires: "93.05.18-223.61",
    passes: "93.05.18-223.62",
  },
];
