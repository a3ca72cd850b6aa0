import { expect, test } from "vitest";
import { containerCommand, guestCommand, imageCommand, liftCommand } from "./docker-command.ts";
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
  "--user 65534:65534 --env LD_PRELOAD= --env PATH=/usr/bin:/bin",
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

test("what an image is run for has its limits from the start, and what the image sets only behind its guard", () => {
  const own = { ...laid, shell: ["/g/ld", "/g/sh"] as const };
  expect(containerCommand(own, place, "guard", true).join(" ")).toContain("--memory 2147483648");
  const started = imageCommand(own, "n", ["LD_PRELOAD=/a.so"]).join(" ");
  expect(started).toContain("exec --interactive --user 65533:65533 --workdir /tmp n /g/ld /g/sh -c");
  expect(started).toContain(" sh LD_PRELOAD=/a.so PATH=/usr/bin:/bin -- /usr/bin/sh -c exit 3");
});

test.each([
  { from: "/srv/data,bind-propagation=shared", to: "/data" },
  { from: "/srv/data", to: '/da"ta' },
  { from: "/srv/data", to: "/data\nx" },
])("a path that would be a further option is not mounted: $from at $to", (mount) => {
  const unclear = { ...laid, spec: { ...spec, mounts: [mount] } };
  expect(() => containerCommand(unclear, place, "")).toThrow("Docker mounts no path");
});
