import { deniedPatterns } from "./path-policy.ts";

/**
 * The configuration that a repository has while an agent looks at it: to be mounted over its own `.git/config`, read-only.
 * SECURITY: a repository's own names programs that git starts: external diffs, text conversions, filters, hooks, monitors, pagers, signing.
 */
export const gitConfig = `[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = false
\tfsmonitor = false
\thooksPath = /dev/null
\tattributesFile = /dev/null
\texcludesFile = /dev/null
\tpager = cat
[diff]
\tignoreSubmodules = all
[submodule]
\trecurse = false
[protocol]
\tallow = never
`;

/** The environment that git has beside the usual one. SECURITY: no other configuration, no lock, nothing fetched, nothing replaced. */
export const gitEnvironment: Readonly<Record<string, string>> = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_ATTR_NOSYSTEM: "1",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_NO_LAZY_FETCH: "1",
  GIT_TERMINAL_PROMPT: "0",
  GIT_PAGER: "cat",
  // What it sees is a copy that belongs to another account.
  GIT_CONFIG_COUNT: "1",
  GIT_CONFIG_KEY_0: "safe.directory",
  GIT_CONFIG_VALUE_0: "*",
};

/** Subcommands that show what files held, and the options that keep them from starting anything. */
const showing: Readonly<Record<string, readonly string[]>> = {
  log: ["--no-ext-diff", "--no-textconv", "--ignore-submodules=all"],
  show: ["--no-ext-diff", "--no-textconv", "--ignore-submodules=all"],
  diff: ["--no-ext-diff", "--no-textconv", "--ignore-submodules=all"],
  blame: ["--no-textconv"],
  status: ["--ignore-submodules=all"],
};

/**
 * A git command that the command policy allowed, as it is started: without whatever a repository could make git start, and without files
 * that nobody touches, which are in its history as in its folders.
 *
 * @param argv as `decideCommand` gave it
 */
export function prepareGit(argv: readonly [string, ...string[]]): readonly [string, ...string[]] {
  const [program, ...words] = argv;
  const at = words[0] === "--no-pager" ? 1 : 0;
  const subcommand = words[at] ?? "";
  const rest = words.slice(at + 1);
  const end = rest.indexOf("--");
  const paths = end < 0 ? [] : rest.slice(end + 1);
  const before = end < 0 ? rest : rest.slice(0, end);
  const options = showing[subcommand] ?? [];
  const isHistory = subcommand === "log" || subcommand === "show" || subcommand === "diff";
  const given = isHistory ? before.map((word) => (word.startsWith("-") ? word : peel(word))) : before;
  // A single file is followed by its name, which was allowed; the policy lets no patch be shown with it.
  const isFollowed = before.includes("--follow");
  // Of these files there is no copy to compare with: they would be told as deleted.
  const isStatus = subcommand === "status";
  const excluded =
    (isHistory && !isFollowed) || isStatus ? deniedPatterns.map((one) => `:(top,exclude,icase,glob)${one}`) : [];
  const behind = [...paths, ...excluded];
  return [
    ...([program, "--no-pager", subcommand, ...options, ...given] as [string, ...string[]]),
    ...(behind.length === 0 && end < 0 ? [] : ["--", ...behind]),
  ];
}

/**
 * A name of a commit, and of nothing else. SECURITY: a blob or a folder has no path by which it could be excluded.
 * Source: gitrevisions(7).
 */
function peel(word: string): string {
  const [revisions = "", path] = splitOnce(word, ":");
  const peeled = revisions
    .split(/(\.{2,3})/)
    .map((part) => (part === "" || /^\.{2,3}$/.test(part) ? part : `${part}^{commit}`))
    .join("");
  return path === null ? peeled : `${peeled}:${path}`;
}

function splitOnce(text: string, sign: string): [string, string | null] {
  const at = text.indexOf(sign);
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
}
