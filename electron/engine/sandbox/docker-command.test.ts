import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { containerCommand, exportLines, guestCommand, imageCommand, liftCommand } from "./docker-command.ts";
import { defaultLimits } from "./driver.ts";
import type { SandboxSpec } from "./spec.ts";

const spec: SandboxSpec = {
  label: "test",
  command: ["/usr/bin/sh", "-c", "exit 3"],
  mounts: [{ from: "/srv/data", to: "/data" }],
  input: null,
  limits: defaultLimits,
};
const place = { name: "n", label: "l", seccompFile: "/s.json" };
const laid = {
  image: "sha256:00",
  bound: [{ from: "/usr", to: "/usr" }, ...spec.mounts],
  shell: ["/usr/bin/sh"] as const,
  unset: ["LD_PRELOAD"],
  hosts: ["a.invalid:127.0.0.1"],
  spec,
  release: async () => undefined,
};
const command = containerCommand(laid, place, "guard").join(" ");

test.each([
  "run --rm --interactive --name n --label sentinel=l",
  "--pull never",
  "--network none",
  "--ipc none",
  "--dns 192.0.2.1",
  "--add-host a.invalid:127.0.0.1",
  "--read-only",
  "--tmpfs /tmp:rw,exec,size=16777216",
  "--entrypoint  --no-healthcheck",
  "--cap-drop ALL",
  "--security-opt no-new-privileges",
  "--security-opt seccomp=/s.json",
  "--user 65534:65534 --workdir / --env LD_PRELOAD= --env PATH=/usr/bin:/bin",
  "--memory 33554432 --memory-swap 33554432 --pids-limit 26 --cpu-period 100000 --cpu-quota 200000",
  "--mount type=bind,source=/usr,target=/usr,readonly",
  "--mount type=bind,source=/srv/data,target=/data,readonly",
  "sha256:00 /usr/bin/sh -c guard",
])("a container is started with %s", (part) => {
  expect(command).toContain(part);
});

test("what runs in it is another account than its guard, sees no variable of the image, and gets its limits after the check", () => {
  const guest = guestCommand(spec, "n").join(" ");
  expect(guest).toContain("exec --interactive --user 65533:65533 --workdir /tmp n /usr/bin/env -i PATH=/usr/bin:/bin");
  expect(guest).toContain(" 1 /data /usr/bin/sh -c exit 3");
  expect(guest).toContain("echo 500 >/proc/self/oom_score_adj");
  expect(liftCommand(spec.limits, "n").join(" ")).toBe(
    "update --memory 2147483648 --memory-swap 2147483648 --pids-limit 66 --cpu-period 100000 --cpu-quota 200000 n",
  );
});

test("an image's programs are run without a folder of this machine", () => {
  expect(containerCommand({ ...laid, bound: [] }, place, "guard").join(" ")).not.toContain("--mount");
});

test("what an image is run for has its limits from the start, and what the image sets from a file", () => {
  const own = { ...laid, shell: ["/g/ld", "/g/sh"] as const };
  expect(containerCommand(own, place, "guard", true).join(" ")).toContain("--memory 2147483648");
  const started = imageCommand(own, "n", "/g/set").join(" ");
  expect(started).toContain("exec --interactive --user 65533:65533 --workdir /tmp n /g/ld /g/sh -c");
  expect(started).toContain('\n. /g/set\nexport PATH=/usr/bin:/bin\nexec "$@" sh /usr/bin/sh -c exit 3');
});

test.skipIf(process.platform !== "linux").each(["/bin/sh", "/bin/bash"])(
  "what an image sets is taken as it stands by %s as sh, which does not end at what it keeps for itself",
  (shell) => {
    const folder = mkdtempSync(join(tmpdir(), "sentinel-settings-"));
    const settings = join(folder, "settings");
    const value = `a 'b' "c"\n$(echo d) \\ é`;
    writeFileSync(
      settings,
      exportLines(["UID=1", "PPID=1", "OPTIND=x", "PATH=/x", `OF_THE_IMAGE=${value}`, "a-b=c", "=d"]),
    );
    const seen = { ...laid, spec: { ...spec, command: ["/usr/bin/env", "-0"] as const } };
    const started = imageCommand({ ...seen, shell: [shell] }, "n", settings);
    const args = started.slice(started.indexOf(shell) + 1);
    const { stdout, stderr } = spawnSync(shell, args, { argv0: "sh", env: {}, encoding: "utf8" });
    expect(stdout.split("\0")).toEqual(expect.arrayContaining([`OF_THE_IMAGE=${value}`, "PATH=/usr/bin:/bin"]));
    expect(stdout).not.toContain("a-b");
    expect(stderr).toBe("");
    rmSync(folder, { recursive: true });
  },
);

test.each([
  { from: "/srv/data,bind-propagation=shared", to: "/data" },
  { from: "/srv/data", to: '/da"ta' },
  { from: "/srv/data", to: "/data\nx" },
])("a path that would be a further option is not mounted: $from at $to", (mount) => {
  const unclear = { ...laid, spec: { ...spec, mounts: [mount] } };
  expect(() => containerCommand(unclear, place, "")).toThrow("Docker mounts no path");
});
