import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { scanText } from "../../shared/agent-scan.ts";
import { SentinelError } from "../../shared/errors.ts";
import type { ComponentHealth } from "../../shared/health.ts";
import type { Input, Output } from "../../shared/route.ts";
import { createBlobScanner } from "./agent/scan/blobs.ts";
import { createCredentialScanner } from "./agent/scan/credentials.ts";
import { readInjectionModel } from "./agent/scan/injection/injection-model.ts";
import { createInjectionScanner } from "./agent/scan/injection/injection-scanner.ts";
import { compileInjectionRules } from "./agent/scan/injection/match-rules.ts";
import { createLinkScanner } from "./agent/scan/links.ts";
import { createPersonalDataScanner } from "./agent/scan/personal-data.ts";
import { openPromptGuard, type PromptGuard } from "./agent/scan/prompt-guard/prompt-guard.ts";
import { createScanners, type ScannerEntry, type Scanners } from "./agent/scan/scanners.ts";
import type { Logger } from "./base/logging.ts";

export interface TextScanning {
  /** For the agent's own steps. */
  readonly scanners: Scanners;
  scan(input: Input<typeof scanText>, signal: AbortSignal): Promise<Output<typeof scanText>>;
  /** Of the Prompt Guard model; null: none is used. */
  health(): ComponentHealth | null;
  close(): Promise<void>;
}

/**
 * The scanners of texts, and the route that asks them. A scanner or model that cannot be loaded blocks what it should have looked at.
 * @param options.more scanners that others make: of code, of echoes
 * @throws RangeError for a rule that does not load
 */
export async function createTextScanning(options: {
  /** Folder of the shipped models. */
  readonly models: string;
  /** Folder of a Prompt Guard model; absent: none is used. */
  readonly promptGuard?: string | undefined;
  readonly guardEntry: URL;
  readonly log: Logger;
  readonly more?: readonly ScannerEntry[];
}): Promise<TextScanning> {
  const { models, promptGuard, guardEntry, log, more = [] } = options;
  const matcher = compileInjectionRules();
  const classifier: PromptGuard | undefined =
    promptGuard === undefined || promptGuard === ""
      ? undefined
      : openPromptGuard({ folder: promptGuard, entry: guardEntry });

  async function injection(): Promise<ScannerEntry> {
    try {
      const model = readInjectionModel(await readFile(join(models, "injection.bin")));
      return createInjectionScanner({ model, matcher, ...(classifier === undefined ? {} : { classifier }) });
    } catch (error) {
      log.error({ err: error }, "The model of injected instructions cannot be loaded: every text is flagged.");
      const problem = error instanceof SentinelError ? error.message : "injection.bin cannot be read.";
      return { name: "injection", problem };
    }
  }

  const scanners = createScanners([
    await injection(),
    createCredentialScanner(),
    createPersonalDataScanner(),
    createLinkScanner(),
    createBlobScanner(),
    ...more,
  ]);
  return {
    scanners,
    async scan({ text, kind, context, language, input }, signal) {
      const { flagged, results } = await scanners.scan(
        {
          text,
          kind,
          ...(context === undefined ? {} : { context }),
          ...(language === undefined ? {} : { language }),
          ...(input === undefined ? {} : { input }),
        },
        signal,
      );
      return {
        flagged,
        results: Object.fromEntries(
          Object.entries(results).map(([name, outcome]) => [name, { ...outcome, findings: [...outcome.findings] }]),
        ),
      };
    },
    health: () => classifier?.health() ?? null,
    async close() {
      await classifier?.close();
    },
  };
}
