import { addNumber, createMoments, distinctLimit, type FeatureGroup, maxOf, meanOf, share } from "./feature-group.ts";
import { createPayloadMeter, type PayloadStatistics } from "./payload-statistics.ts";

const meter = createPayloadMeter();
/** Values longer than this are told apart by length, beginning and end when distinct ones are counted. */
const keyLength = 200;

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
      meaning: "Different texts among the values",
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
    const distinct = new Set<string>();
    const lengths = createMoments();
    const entropies = createMoments();
    const specials = createMoments();
    const figures = createMoments();
    const nonAscii = createMoments();
    const tokens = [0, 0, 0, 0, 0, 0];
    let requests = 0;
    let count = 0;
    let maxSpecials = 0;
    let controls = 0;
    let depth = 0;
    let deep = 0;
    let withSql = 0;
    const addStatistics = (statistics: PayloadStatistics): void => {
      count++;
      addNumber(lengths, statistics.length);
      addNumber(entropies, statistics.entropy);
      addNumber(specials, statistics.specials);
      addNumber(figures, statistics.figures);
      addNumber(nonAscii, statistics.nonAscii);
      // In very short values one sign is already a large share.
      if (statistics.length >= 8) maxSpecials = Math.max(maxSpecials, statistics.specials);
      controls = Math.max(controls, statistics.controls);
      depth = Math.max(depth, statistics.depth);
      if (statistics.depth >= 3) deep++;
      if (statistics.sqlKeywords) withSql++;
      for (let k = 0; k < tokens.length; k++) tokens[k] = Math.max(tokens[k]!, statistics.counts[k]!);
    };
    return {
      add({ values }) {
        requests++;
        for (const { value } of values) {
          const { text } = value;
          if (distinct.size < distinctLimit) {
            distinct.add(
              text.length <= keyLength ? text : `${text.length}:${text.slice(0, keyLength)}${text.slice(-keyLength)}`,
            );
          }
          addStatistics(meter(value));
        }
      },
      finish() {
        const orNone = (x: number): number => (count === 0 ? Number.NaN : x);
        return {
          n_payloads: count,
          n_distinct_payloads: distinct.size,
          mean_payloads_per_request: share(count, requests),
          mean_payload_length: meanOf(lengths),
          max_payload_length: maxOf(lengths),
          mean_payload_entropy: meanOf(entropies),
          max_payload_entropy: maxOf(entropies),
          mean_special_ratio: meanOf(specials),
          max_special_ratio: orNone(maxSpecials),
          mean_digit_ratio: meanOf(figures),
          max_non_ascii_ratio: maxOf(nonAscii),
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
