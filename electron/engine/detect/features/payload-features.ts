import { sha256 } from "../../base/ids.ts";
import { type ReadingKind, readingKind } from "../canonical/canonicalize.ts";
import { distinctLimit, type FeatureGroup, share } from "./feature-group.ts";
import { createPayloadMeter, type PayloadStatistics } from "./payload-statistics.ts";

const meter = createPayloadMeter();

/** Values longer than this are told apart by their hash: a session must not keep megabytes. */
const keyLength = 500;

function keyOf(text: string): string {
  return text.length <= keyLength ? text : sha256(text);
}

/** What the values look like, the classifier apart. */
export const payloadFeatures = {
  descriptions: {
    n_payloads: {
      label: "Values",
      unit: "values",
      range: [0, null],
      availability: "always",
      meaning: "Values that the client could choose: query, path, headers, cookies, bodies",
    },
    n_distinct_payloads: {
      label: "Distinct values",
      unit: "values",
      range: [0, distinctLimit],
      availability: "always",
      meaning: "Different texts among the values; form, JSON and other places are counted apart",
    },
    mean_payloads_per_request: {
      label: "Values a request",
      unit: "values",
      range: [0, null],
      availability: "always",
      meaning: "Mean number of values in a request",
    },
    mean_payload_length: {
      label: "Mean value length",
      unit: "characters",
      range: [0, null],
      availability: "values",
      meaning: "Mean length of values as sent",
    },
    max_payload_length: {
      label: "Longest value",
      unit: "characters",
      range: [0, null],
      availability: "values",
      meaning: "Largest length of a value as sent",
    },
    mean_payload_entropy: {
      label: "Mean value entropy",
      unit: "bits/character",
      range: [0, 8],
      availability: "values",
      meaning: "Mean Shannon entropy of the decoded values' characters",
    },
    max_payload_entropy: {
      label: "Highest value entropy",
      unit: "bits/character",
      range: [0, 8],
      availability: "values",
      meaning: "Highest Shannon entropy of a decoded value's characters: code and random text are above prose",
    },
    mean_special_ratio: {
      label: "Mean share of special characters",
      unit: "1",
      range: [0, 1],
      availability: "values",
      meaning: "Mean share of punctuation and symbols in decoded values",
    },
    max_special_ratio: {
      label: "Highest share of special characters",
      unit: "1",
      range: [0, 1],
      availability: "values",
      meaning: "Highest share of punctuation and symbols in a decoded value of eight characters or more",
    },
    mean_digit_ratio: {
      label: "Mean share of figures",
      unit: "1",
      range: [0, 1],
      availability: "values",
      meaning: "Mean share of decimal figures in decoded values",
    },
    max_non_ascii_ratio: {
      label: "Highest share beyond ASCII",
      unit: "1",
      range: [0, 1],
      availability: "values",
      meaning: "Highest share of characters beyond ASCII in a decoded value",
    },
    max_control_characters: {
      label: "Most control characters",
      unit: "characters",
      range: [0, null],
      availability: "values",
      meaning: "Most control characters (NUL and the like, not tabs and line breaks) in a decoded value",
    },
    max_decoding_depth: {
      label: "Deepest encoding",
      unit: "decodings",
      range: [0, null],
      availability: "values",
      meaning: "Most decodings that a value needed before nothing more was encoded in it",
    },
    deep_encoding_count: {
      label: "Deeply encoded values",
      unit: "values",
      range: [0, null],
      availability: "values",
      meaning: "Values that needed three decodings or more",
    },
    contains_sql_keywords: {
      label: "SQL keywords",
      unit: "1",
      range: [0, 1],
      availability: "values",
      meaning: "1 when a value has two different SQL keywords, or one beside a quote or comment",
    },
    sql_keyword_values: {
      label: "Values with SQL keywords",
      unit: "values",
      range: [0, null],
      availability: "values",
      meaning: "Values for which the feature before holds",
    },
    max_sql_tokens: {
      label: "Most SQL tokens",
      unit: "tokens",
      range: [0, null],
      availability: "values",
      meaning: "Most SQL keywords, quotes and comment signs in one value",
    },
    max_markup_tokens: {
      label: "Most mark-up tokens",
      unit: "tokens",
      range: [0, null],
      availability: "values",
      meaning: "Most HTML openings, event handlers and script words in one value",
    },
    max_shell_tokens: {
      label: "Most shell tokens",
      unit: "tokens",
      range: [0, null],
      availability: "values",
      meaning: "Most shell separators, substitutions and command names in one value",
    },
    max_path_tokens: {
      label: "Most path tokens",
      unit: "tokens",
      range: [0, null],
      availability: "values",
      meaning: "Most climbing steps and names of sensitive files in one value",
    },
    max_xml_tokens: {
      label: "Most XML tokens",
      unit: "tokens",
      range: [0, null],
      availability: "values",
      meaning: "Most declarations and entity words in one value",
    },
    max_code_tokens: {
      label: "Most code tokens",
      unit: "tokens",
      range: [0, null],
      availability: "values",
      meaning: "Most template openings and words of PHP, Java, Python and JNDI in one value",
    },
  },
  create() {
    // One look-up tells both whether a value is new and what it looks like.
    const seen: Record<ReadingKind, Map<string, PayloadStatistics>> = {
      form: new Map(),
      json: new Map(),
      other: new Map(),
      unknown: new Map(),
    };
    const tokens = [0, 0, 0, 0, 0, 0];
    let distinct = 0;
    let requests = 0;
    let count = 0;
    let lengths = 0;
    let entropies = 0;
    let specials = 0;
    let figures = 0;
    let maxLength = 0;
    let maxEntropy = 0;
    let maxNonAscii = 0;
    let maxSpecials = 0;
    let controls = 0;
    let depth = 0;
    let deep = 0;
    let withSql = 0;
    const addStatistics = (statistics: PayloadStatistics): void => {
      count++;
      lengths += statistics.length;
      entropies += statistics.entropy;
      specials += statistics.specials;
      figures += statistics.figures;
      if (statistics.depth >= 3) deep++;
      if (statistics.sqlKeywords) withSql++;
    };
    const addExtremes = (statistics: PayloadStatistics): void => {
      maxLength = Math.max(maxLength, statistics.length);
      maxEntropy = Math.max(maxEntropy, statistics.entropy);
      maxNonAscii = Math.max(maxNonAscii, statistics.nonAscii);
      // In very short values one sign is already a large share.
      if (statistics.length >= 8) maxSpecials = Math.max(maxSpecials, statistics.specials);
      controls = Math.max(controls, statistics.controls);
      depth = Math.max(depth, statistics.depth);
      for (let k = 0; k < tokens.length; k++) tokens[k] = Math.max(tokens[k]!, statistics.counts[k]!);
    };
    return {
      add({ values }) {
        requests++;
        for (const { value } of values) {
          const known = seen[readingKind(value.place)];
          const key = keyOf(value.text);
          let statistics = known.get(key);
          if (statistics === undefined) {
            statistics = meter(value);
            if (distinct < distinctLimit) {
              distinct++;
              known.set(key, statistics);
            }
            addExtremes(statistics);
          }
          addStatistics(statistics);
        }
      },
      finish() {
        const orNone = (x: number): number => (count === 0 ? Number.NaN : x);
        return {
          n_payloads: count,
          n_distinct_payloads: distinct,
          mean_payloads_per_request: share(count, requests),
          mean_payload_length: share(lengths, count),
          max_payload_length: orNone(maxLength),
          mean_payload_entropy: share(entropies, count),
          max_payload_entropy: orNone(maxEntropy),
          mean_special_ratio: share(specials, count),
          max_special_ratio: orNone(maxSpecials),
          mean_digit_ratio: share(figures, count),
          max_non_ascii_ratio: orNone(maxNonAscii),
          max_control_characters: orNone(controls),
          max_decoding_depth: orNone(depth),
          deep_encoding_count: orNone(deep),
          contains_sql_keywords: orNone(withSql > 0 ? 1 : 0),
          sql_keyword_values: orNone(withSql),
          max_sql_tokens: orNone(tokens[0]!),
          max_markup_tokens: orNone(tokens[1]!),
          max_shell_tokens: orNone(tokens[2]!),
          max_path_tokens: orNone(tokens[3]!),
          max_xml_tokens: orNone(tokens[4]!),
          max_code_tokens: orNone(tokens[5]!),
        };
      },
    };
  },
} satisfies FeatureGroup<string>;
