import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { z } from "zod";
import { inWords } from "./compose.ts";

const root = join(import.meta.dirname, "..", "..", "..");

const Packaging = z.object({
  asar: z.literal(true),
  asarUnpack: z.array(z.string()),
  electronFuses: z.strictObject({
    runAsNode: z.literal(false),
    enableNodeOptionsEnvironmentVariable: z.literal(false),
    enableNodeCliInspectArguments: z.literal(false),
    enableEmbeddedAsarIntegrityValidation: z.literal(true),
    onlyLoadAppFromAsar: z.literal(true),
    enableCookieEncryption: z.literal(true),
    grantFileProtocolExtraPrivileges: z.literal(false),
    resetAdHocDarwinSignature: z.literal(true),
  }),
  protocols: z.array(z.object({ schemes: z.tuple([z.literal("sentinel")]) })).length(1),
  fileAssociations: z
    .array(z.object({ ext: z.literal("har"), name: z.literal("HTTP Archive"), role: z.literal("Viewer") }))
    .length(1),
  // Without an address and somebody to ask no deb is made; a main category, or menus leave it out.
  extraMetadata: z.object({ homepage: z.url(), desktopName: z.literal("sentinel.desktop") }),
  linux: z.object({
    target: z.tuple([z.literal("AppImage"), z.literal("deb")]),
    icon: z.string(),
    maintainer: z.string().regex(/^[^<>]+ <[^<>\s]+@[^<>\s]+>$/),
    category: z.string().startsWith("System;"),
    syncDesktopName: z.literal(true),
  }),
  mac: z.object({ target: z.array(z.string()).min(1), hardenedRuntime: z.literal(true), icon: z.string() }),
  win: z.object({ target: z.array(z.string()).min(1), icon: z.string() }),
  nsis: z.object({ include: z.literal("deploy/windows/installer.nsh") }),
  publish: z.null(),
});

/** Packages with native parts, or that start threads of their own: they cannot be in the archive. */
const nativePackages = ["better-sqlite3", "onnxruntime-node", "piscina"];

/** What is wrong with the packager's configuration, in words: first by its own schema, then by what this project asks for. */
export function checkPackaging(text: string): string[] {
  const raw = parse(text);
  const schema = JSON.parse(readFileSync(join(root, "node_modules", "app-builder-lib", "scheme.json"), "utf8"));
  const byMaker = new Ajv({ strict: false, allErrors: false }).compile(schema);
  const problems = byMaker(raw) ? [] : (byMaker.errors ?? []).map((e) => `${e.instancePath}: ${e.message}`);
  const parsed = Packaging.safeParse(raw);
  if (!parsed.success) return [...problems, ...inWords("electron-builder", parsed.error)];
  const { asarUnpack, linux, mac, win, nsis } = parsed.data;
  for (const name of nativePackages) {
    if (!asarUnpack.includes(`node_modules/${name}/**`)) problems.push(`${name} cannot be loaded from the archive`);
  }
  if (!asarUnpack.includes("out/main/**")) problems.push("worker threads cannot be started from the archive");
  for (const pattern of asarUnpack) {
    const folder = pattern.replace(/\/\*\*$/, "");
    if (!folder.startsWith("out") && !existsSync(join(root, folder))) problems.push(`there is no ${folder}`);
  }
  if (!existsSync(join(root, nsis.include))) problems.push(`there is no ${nsis.include}`);
  for (const { icon } of [linux, mac, win]) if (!existsSync(join(root, icon))) problems.push(`there is no ${icon}`);
  return problems;
}

/** What is wrong with our part of the installer for Windows, in words: elsewhere the packager itself registers links. */
export function checkInstaller(text: string): string[] {
  const opens = (name: string) =>
    `WriteRegStr SHELL_CONTEXT "Software\\Classes\\${name}\\shell\\open\\command" "" '"$INSTDIR\\\${APP_EXECUTABLE_FILENAME}" -- "%1"'`;
  const key = 'SHELL_CONTEXT "Software\\Classes\\sentinel';
  return [
    ...(text.includes(opens("sentinel")) ? [] : ["a link does not open the application, or could be an option"]),
    ...(text.includes(`WriteRegStr ${key}" "URL Protocol" ""`) ? [] : ["the scheme is not marked as one of links"]),
    ...(text.includes(opens("HTTP Archive")) ? [] : ["a recording is opened by a command without quotes"]),
    ...(text.includes(`DeleteRegKey ${key}"`) ? [] : ["links outlive the application"]),
  ];
}

const Workflow = z.object({
  permissions: z.strictObject({ contents: z.literal("read") }),
  jobs: z.record(
    z.string(),
    z.object({
      "runs-on": z.string().regex(/^[a-z]+-[\d.]+$/, "the machine is not pinned"),
      "timeout-minutes": z.number(),
      steps: z.array(
        z.object({
          uses: z
            .string()
            .regex(/^[\w/-]+@(v\d+|[0-9a-f]{40})$/, "it is not pinned")
            .optional(),
          run: z.string().optional(),
        }),
      ),
    }),
  ),
});

/** What is wrong with the workflow, in words. */
export function checkWorkflow(text: string): string[] {
  const parsed = Workflow.safeParse(parse(text));
  if (!parsed.success) return inWords("workflow", parsed.error);
  const problems: string[] = [];
  const steps = Object.values(parsed.data.jobs).flatMap((job) => job.steps);
  if (!steps.some(({ run }) => run === "npm test")) problems.push("it does not run npm test");
  if (/pull_request_target|secrets\./.test(text)) problems.push("code of others would run with secrets");
  if (/run:.*\$\{\{ *github\.(event|head_ref)/.test(text)) problems.push("words of others become commands");
  return problems;
}
