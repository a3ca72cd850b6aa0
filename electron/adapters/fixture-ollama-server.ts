import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { answerMark, type TinyModel, tinyModel } from "./fixture-gguf.ts";
import { serverPath } from "./fixture-servers.ts";

const execute = promisify(execFile);

/** Where `npm test` builds it. */
const program = serverPath("ollama-v0.17.4", "bin", "ollama");

/** Whether the real server is there: `npm test` builds it where Go is installed. */
export const hasOllama: boolean = existsSync(program);

export interface OllamaServer {
  readonly url: string;
  /** Adds a model under a name, by `ollama create`. */
  create(name: string, model: TinyModel): Promise<void>;
  /** What the server has written so far. */
  log(): string;
  close(): Promise<void>;
}

/** The real server on this machine, with a folder of its own, answering one question at a time. */
export async function startOllama(): Promise<OllamaServer> {
  const folder = mkdtempSync(join(tmpdir(), "sentinel-ollama-"));
  const environment = (host: string) => ({
    PATH: "/usr/bin:/bin",
    HOME: folder,
    OLLAMA_MODELS: join(folder, "models"),
    OLLAMA_NUM_PARALLEL: "1",
    OLLAMA_HOST: host,
  });
  const server = spawn(program, ["serve"], { env: environment("127.0.0.1:0"), stdio: ["ignore", "ignore", "pipe"] });
  const lines: string[] = [];
  try {
    const address = await listening(server, lines);
    return {
      url: `http://${address}`,
      async create(name, model) {
        writeFileSync(join(folder, `${name}.gguf`), tinyModel(model));
        const modelfile = [
          `FROM ./${name}.gguf`,
          `TEMPLATE """{{ .System }}{{ .Prompt }}${answerMark}"""`,
          ...["num_ctx 4096", "num_thread 1", "seed 1"].map((parameter) => `PARAMETER ${parameter}`),
        ];
        const file = join(folder, `${name}.Modelfile`);
        writeFileSync(file, modelfile.join("\n"));
        await execute(program, ["create", name, "-f", file], { env: environment(address), timeout: 60_000 });
      },
      log: () => lines.join("\n"),
      async close() {
        await stop(server);
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await stop(server);
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** @returns host and port, once it takes questions */
async function listening(server: ChildProcess, lines: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("exit", () => reject(new Error(`The server ended:\n${lines.join("\n")}`)));
    createInterface({ input: server.stderr! }).on("line", (line) => {
      lines.push(line);
      const address = /Listening on (127\.0\.0\.1:\d+)/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
}

/** It ends its models before itself. */
async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null || server.pid === undefined) return;
  const exited = once(server, "exit");
  server.kill();
  await exited;
}
