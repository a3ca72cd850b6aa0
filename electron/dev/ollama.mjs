// The real Ollama server, for tests: built once from its published sources, into a folder that outlives node_modules.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { run, say } from "./prepare.mjs";

const version = "v0.17.4";
/** Its sources as Go's proxy gives them lack the headers that they bundle. */
const audioHeader = "github.com/gen2brain/malgo@v0.11.24";
const debianHeaders = ["nlohmann-json3-dev", "libstb-dev"];
/** Two cores take four minutes. What is compiled when the time is up is kept by Go, so that the next run goes on from there. */
const longestBuildMs = 10 * 60_000;

const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "sentinel", `ollama-${version}`);

/** Where the server is once it is built. */
export const ollamaPath = join(folder, "bin", process.platform === "win32" ? "ollama.exe" : "ollama");

/** Builds the server unless it is there. @throws Error with the reason where it cannot be had */
export function installOllama() {
  if (existsSync(ollamaPath)) return;
  if (process.platform !== "linux" || !existsSync("/usr/bin/apt-get")) {
    throw new Error(`it is built on Debian and Ubuntu only; a server at ${ollamaPath} is used as it is.`);
  }
  for (const tool of ["go", "gcc", "g++"]) {
    if (spawnSync(tool, ["version"], { stdio: "ignore" }).error !== undefined)
      throw new Error(`${tool} is not installed.`);
  }
  const include = join(folder, "include");
  fetchHeaders(include);
  say(`Building Ollama ${version} (once, about five minutes) …`);
  // Under another name until it is whole: of two that build at once, each leaves a whole one.
  const building = join(folder, `building-${process.pid}`);
  try {
    run("go", ["install", `github.com/ollama/ollama@${version}`], {
      quiet: true,
      timeout: longestBuildMs,
      env: { GOBIN: building, CGO_ENABLED: "1", CGO_CPPFLAGS: `-I${join(include, "usr", "include")}` },
    });
    mkdirSync(join(folder, "bin"), { recursive: true });
    renameSync(join(building, "ollama"), ollamaPath);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

function fetchHeaders(include) {
  const fetched = join(folder, `fetching-${process.pid}`);
  mkdirSync(fetched, { recursive: true });
  try {
    const download = () => run("apt-get", ["download", ...debianHeaders], { quiet: true, cwd: fetched });
    try {
      download();
    } catch (error) {
      if (process.getuid?.() !== 0) throw error;
      run("apt-get", ["update"], { quiet: true });
      download();
    }
    for (const name of readdirSync(fetched)) run("dpkg", ["-x", join(fetched, name), include], { quiet: true });
    const found = spawnSync("go", ["mod", "download", "-json", audioHeader], { cwd: fetched, encoding: "utf8" });
    if (found.status !== 0) throw new Error(`go mod download ${audioHeader} failed.`);
    const { Dir } = JSON.parse(found.stdout);
    cpSync(join(Dir, "miniaudio.h"), join(include, "usr", "include", "miniaudio", "miniaudio.h"), { force: true });
  } finally {
    rmSync(fetched, { recursive: true, force: true });
  }
}
