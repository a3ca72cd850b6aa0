import type { ProgramGrammar, Reading } from "./option-grammar.ts";

const count = /^\d{1,9}$/;
const signedCount = /^[+-]?\d{1,9}[kKmM]?$/;
const any = /^[^\0]*$/s;
const paths = ["path"] as const;

/** Words of jq that reach beyond the filter's input, or run for long. */
const jqRefused =
  /(?<![\w])(?:env|input|inputs|include|import|modulemeta|def|range|repeat|recurse|while|until|limit|input_filename|debug|stderr|halt|halt_error|get_search_list)(?!\w)|\$ENV|\$__|@sh|\.\./;

/** Whether a jq filter keeps to itself: the words that are refused count only outside of its string literals. */
function checkJq([filter = ""]: readonly string[]): string | null {
  // A literal ends at a quote that is not escaped; what is interpolated in it, \(…), is code.
  if (/\\\(/.test(filter)) return "The filter interpolates within a string.";
  const outside = filter.replace(/"(?:[^"\\]|\\.)*"/gs, '""');
  if ((outside.match(/"/g) ?? []).length % 2 !== 0) return "A string of the filter is not closed.";
  return jqRefused.test(outside) ? "The filter uses a word that is not allowed." : null;
}

const findTests: Readonly<Record<string, RegExp | null>> = {
  "-name": any,
  "-iname": any,
  "-type": /^[bcdpfls](?:,[bcdpfls])*$/,
  "-size": /^[+-]?\d{1,12}[bcwkMG]?$/,
  "-mtime": /^[+-]?\d{1,6}$/,
  "-newer": any,
  "-maxdepth": /^\d{1,3}$/,
  "-mindepth": /^\d{1,3}$/,
  "-path": any,
  "-not": null,
  "-o": null,
  "-a": null,
  "(": null,
  ")": null,
  "-print": null,
  "-empty": null,
};

function readFind(words: readonly string[]): Reading | string {
  const found: { text: string; operation: "list" | "read" }[] = [];
  let i = 0;
  for (; i < words.length && !/^[-(!)]/.test(words[i]!); i++) found.push({ text: words[i]!, operation: "list" });
  const options = words.slice(i);
  for (; i < words.length; i++) {
    const word = words[i]!;
    if (!Object.hasOwn(findTests, word)) return `${word} is not allowed.`;
    const value = findTests[word];
    if (value == null) continue;
    const given = words[++i];
    if (given === undefined) return `${word} lacks its value.`;
    if (!value.test(given)) return `The value of ${word} is not allowed.`;
    if (word === "-newer") found.push({ text: given, operation: "read" });
  }
  return { options, paths: found.length === 0 ? [{ text: ".", operation: "list" }] : found };
}

const gitFlags: Readonly<Record<string, readonly string[]>> = {
  status: ["-s", "-b", "--short", "--branch", "--porcelain", "--long"],
  log: [
    "--oneline",
    "--stat",
    "-p",
    "--patch",
    "--graph",
    "--decorate",
    "--all",
    "--follow",
    "--no-merges",
    "--reverse",
    "--name-only",
    "--name-status",
    "--abbrev-commit",
    "--no-color",
  ],
  diff: [
    "--stat",
    "--cached",
    "--staged",
    "--name-only",
    "--name-status",
    "-w",
    "-b",
    "--no-color",
    "--shortstat",
    "--numstat",
  ],
  show: ["--stat", "--name-only", "--name-status", "-p", "-s", "--no-color", "--oneline"],
  branch: ["--list", "-a", "-r", "-v", "--no-color"],
  "rev-parse": ["--short", "--abbrev-ref", "--show-toplevel", "--verify", "--is-inside-work-tree"],
  blame: ["-l", "-s", "-w", "-e"],
};
const gitValues =
  /^(?:-\d{1,6}|-n\d{1,6}|--max-count=\d{1,6}|--since=[\w .:+-]{1,60}|--until=[\w .:+-]{1,60}|--author=[\w .@-]{1,80}|-L\d{1,7},\d{1,7}|-U\d{1,4}|--format=[\w %:.,/()-]{1,200}|--pretty=(?:oneline|short|medium|full|fuller|raw))$/;

function readGit(words: readonly string[]): Reading | string {
  let i = 0;
  if (words[i] === "--no-pager") i++;
  const subcommand = words[i++];
  const flags = subcommand !== undefined && Object.hasOwn(gitFlags, subcommand) ? gitFlags[subcommand]! : undefined;
  if (flags === undefined) return "Only git status, log, diff, show, branch --list, rev-parse and blame are allowed.";
  if (subcommand === "branch" && !words.slice(i).includes("--list")) return "Only git branch --list is allowed.";
  const options: string[] = [];
  const found: { text: string; operation: "read" }[] = [];
  let isPath = false;
  for (; i < words.length; i++) {
    // A count may be a word of its own.
    const isCounted = !isPath && subcommand === "log" && words[i] === "-n" && /^\d{1,6}$/.test(words[i + 1] ?? "");
    const word = isCounted ? `-n${words[++i]}` : words[i]!;
    // Signs that make more of a path than a path: `:(top)`, `:!`.
    if (word.startsWith(":")) return "A path with a magic sign is not allowed.";
    if (isPath) found.push({ text: word, operation: "read" });
    else if (word === "--") isPath = true;
    else if (word.startsWith("-")) {
      if (!flags.includes(word) && !gitValues.test(word)) return `The option ${word} is not allowed.`;
      options.push(word);
    } else if (subcommand === "blame" && !/^[\w./^~-]{1,200}$/.test(word))
      return "This is no name of a file or commit.";
    else if (!/^[\w./^~@{}-]{1,200}(?::[\w./-]{1,400})?$/.test(word)) return "This is no name of a commit.";
    // A commit and a path look alike: what could be a path must be allowed as one.
    else found.push({ text: word.replace(/^[^:]*:/, "").replace(/[~^@{}].*$/, "") || ".", operation: "read" });
  }
  // SECURITY: what is followed through its names may have been another file, one that is never touched.
  if (options.includes("--follow") && options.some((option) => /^(?:-p|--patch|-U\d+)$/.test(option)))
    return "A file is followed without its patches only.";
  return { options, paths: found };
}

function readTar(words: readonly string[]): Reading | string {
  const [mode, file, ...rest] = words;
  if (mode === undefined || !/^-?(?:tf|tvf|tzf|tzvf)$/.test(mode))
    return "Only tar -tf, -tvf, -tzf and -tzvf are allowed.";
  if (file === undefined || file.startsWith("-") || rest.length > 0) return "It takes one archive.";
  return { options: [mode], paths: [{ text: file, operation: "read" }] };
}

const grepFlags = "cnivEFolLwrHhsq";

/** What each program may be asked, as `policy/commands.json` has it; nothing else is ever started. */
export const programs: Readonly<Record<string, ProgramGrammar>> = {
  ls: {
    flags: "laAhRtrS1d",
    longFlags: ["all", "almost-all", "human-readable", "recursive", "reverse", "directory"],
    operands: paths,
  },
  cat: { flags: "nAv", operands: paths, least: 1 },
  head: { values: { n: signedCount, c: signedCount }, others: /^-\d{1,9}$/, operands: paths, least: 1 },
  tail: { values: { n: signedCount, c: signedCount }, others: /^-\d{1,9}$/, operands: paths, least: 1 },
  wc: { flags: "lwcm", operands: paths, least: 1 },
  sort: {
    flags: "nruhf",
    values: { k: /^[\d.,bdfginrhMRV]{1,40}$/, t: /^.{1,4}$/su },
    operands: paths,
    least: 1,
  },
  uniq: { flags: "cdui", operands: paths, least: 1, most: 1 },
  grep: {
    flags: grepFlags,
    values: { A: count, B: count, C: count, m: count, e: any },
    longValues: { color: /^never$/, include: /^[^/]{1,200}$/, exclude: /^[^/]{1,200}$/ },
    operands: ["word", "path"],
    least: 1,
  },
  cut: {
    flags: "s",
    values: { d: /^.{1,4}$/su, f: /^[\d,-]{1,100}$/, c: /^[\d,-]{1,100}$/, b: /^[\d,-]{1,100}$/ },
    operands: paths,
    least: 1,
  },
  tr: { flags: "cds", operands: ["word"], least: 1, most: 2 },
  diff: { flags: "urqbw", operands: paths, least: 2, most: 2 },
  stat: { values: { c: /^[^\0]{1,500}$/ }, operands: paths, least: 1 },
  file: { flags: "bi", operands: paths, least: 1 },
  sha256sum: { operands: paths, least: 1 },
  md5sum: { operands: paths, least: 1 },
  date: {
    flags: "uI",
    values: { d: /^[\w ,.:+/@-]{1,100}$/ },
    longFlags: ["iso-8601", "utc"],
    operands: ["word"],
    most: 1,
    check: ([format]) => (format === undefined || format.startsWith("+") ? null : "It would set the clock."),
  },
  jq: { flags: "rcsnS", operands: ["word", "path"], least: 1, check: checkJq },
  find: { operands: paths, read: readFind },
  git: { operands: paths, read: readGit },
  tar: { operands: paths, read: readTar },
  unzip: {
    flags: "l",
    operands: paths,
    least: 1,
    most: 1,
    check: (_, options) => (options.includes("-l") ? null : "Only unzip -l is allowed."),
  },
  echo: { operands: ["word"] },
  printf: {
    operands: ["word"],
    least: 1,
    check: ([format = ""]) =>
      /%[^%a-zA-Z]*(?:\*|\d{5,})/.test(format) ? "A width or precision of the format is too large." : null,
  },
  pwd: { operands: [], most: 0 },
  whoami: { operands: [], most: 0 },
  id: { flags: "ugn", operands: [], most: 0 },
  uname: { flags: "arsm", operands: [], most: 0 },
  df: { flags: "h", operands: [], most: 0 },
  du: { flags: "sha", longValues: { "max-depth": /^\d{1,3}$/ }, operands: paths },
  true: { operands: [], most: 0 },
  basename: { operands: ["word"], least: 1, most: 2 },
  dirname: { operands: ["word"], least: 1, most: 1 },
  xxd: { flags: "p", values: { l: /^\d{1,9}$/, s: /^[+-]?\d{1,9}$/ }, operands: paths, least: 1, most: 1 },
  base64: { flags: "d", values: { w: /^0$/ }, operands: paths, least: 1, most: 1 },
  mkdir: { flags: "p", operands: paths, least: 1 },
  cp: { flags: "rn", operands: paths, least: 2, most: 2 },
  mv: { flags: "n", operands: paths, least: 2, most: 2 },
  touch: { operands: paths, least: 1 },
  rm: { operands: paths, least: 1 },
};
