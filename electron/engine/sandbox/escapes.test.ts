import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openBubblewrap } from "./bubblewrap.ts";
import { openDocker } from "./docker.ts";
import type { SandboxDriver } from "./driver.ts";
import { findDocker, type TestDocker } from "./fixture-docker.ts";
import { listEscapes, listFatalEscapes, listMemoryEscapes } from "./fixture-escapes.ts";
import { escapesTable, tryEscapes } from "./fixture-try-escapes.ts";
import { findGroupPlaces } from "./group-places.ts";
import { openPodman } from "./podman.ts";
import { machineOf } from "./seccomp.ts";

const machine = machineOf(process.arch);
const isPossible = existsSync("/usr/bin/bwrap") && existsSync("/usr/bin/perl") && machine !== undefined;
if (!isPossible) console.warn("SKIPPED: escape attempts: bubblewrap or perl is not installed");

const groups = isPossible ? findGroupPlaces(`sentinel-escapes-${process.pid}`) : undefined;
const modes = [
  ...(groups === undefined ? [] : [{ by: "control groups", groups }]),
  { by: "process", groups: undefined },
];

test.skipIf(!isPossible).each(modes)(
  "none of the attempts gets out of a sandbox limited by $by, and each fails for its reason",
  async ({ groups: places }) => {
    const driver = openBubblewrap({ groups: places });
    try {
      const tried = await tryEscapes(driver, machine!, places?.folders.memory !== undefined);
      expect(tried.filter(({ isHeld }) => !isHeld)).toEqual([]);
      expect(tried.length).toBeGreaterThanOrEqual(40);
    } finally {
      await driver.close();
    }
  },
  180_000,
);

const isContained = existsSync("/usr/bin/podman") && existsSync("/usr/bin/perl") && machine !== undefined;
if (!isContained) console.warn("SKIPPED: escape attempts from containers: podman or perl is not installed");

/** What a container holds in another way: its filter refuses a family of addresses before the kernel says that it has none. */
const families = [
  "talk to the kernel's routing",
  "send packets past the protocols",
  "reach the host of this virtual machine",
  "use the kernel's ciphers",
  "use Bluetooth",
];
const throughFirst = "read it through the root of the first process";
/** What a container does not hold, as SECURITY.md says. */
const known = "reach a socket that anybody may open, made in a mounted folder while it runs (a root engine)";

/** @param firstIsAnothers whether the first process belongs to another account, which is why its root is not to be seen */
async function expectContained(driver: SandboxDriver, firstIsAnothers = false): Promise<void> {
  try {
    const tried = await tryEscapes(driver, machine!);
    const isHeld = ({ name, came, isHeld: held }: (typeof tried)[number]) =>
      held ||
      (families.includes(name) && came === "Operation not permitted") ||
      (firstIsAnothers && name === throughFirst && came === "Permission denied");
    expect(tried.filter((one) => !isHeld(one) && one.name !== known)).toEqual([]);
    expect(tried.length).toBeGreaterThanOrEqual(40);
  } finally {
    await driver.close();
  }
}

test.skipIf(!isContained)(
  "none of the attempts gets out of a container, but the one that is known",
  async () => await expectContained(openPodman(`sentinel-escapes-${process.pid}`)),
  180_000,
);

const docker = machine === undefined || !existsSync("/usr/bin/perl") ? "perl is not installed" : await findDocker();
if (typeof docker === "string") console.warn(`SKIPPED: escape attempts from Docker's containers: ${docker}`);

describe.skipIf(typeof docker === "string")("Docker", () => {
  const { host, stop } = docker as TestDocker;
  afterAll(async () => await stop());

  test("none of the attempts gets out of a container, but the one that is known", async () => {
    await expectContained(await openDocker({ label: `sentinel-escapes-${process.pid}`, host }), true);
  }, 180_000);
});

test("the documentation lists them all", async () => {
  const page = join(import.meta.dirname, "../../../resources/docs/sandbox-escapes.md");
  const outside = { machine: "x86_64", pid: 1, file: "", socket: "", abstractSocket: "", port: 1 } as const;
  const all = [...listEscapes(outside), ...listFatalEscapes("x86_64"), ...listMemoryEscapes("x86_64")];
  await expect(escapesTable(all)).toMatchFileSnapshot(page);
});
