import { SentinelError } from "../../../shared/errors.ts";
import type { PanicResult } from "../../../shared/panic.ts";
import type { Sandbox, SandboxDriver, SandboxSpec } from "./driver.ts";
import type { SandboxRegister } from "./reaper.ts";

/** Owns every sandbox of this machine's engine. Lives in the supervisor process. */
export interface Keeper {
  /** @throws SentinelError UNAVAILABLE when it does not come up, CANCELLED when panic was pulled meanwhile */
  start(spec: SandboxSpec): Promise<Sandbox>;
  /** Kills every sandbox and waits until it is gone. */
  panic(): Promise<PanicResult>;
  readonly held: number;
}

/** Time after which panic reports although a process is still in the kernel's hands, milliseconds. */
const maxWaitMs = 2_000;

export function createKeeper(driver: SandboxDriver, register: SandboxRegister): Keeper {
  const running = new Set<Sandbox>();
  // Counts panics, so that a sandbox which was starting when one came does not slip through.
  let panics = 0;
  return {
    get held() {
      return running.size;
    },
    async start(spec) {
      const before = panics;
      const sandbox = await driver.start(spec);
      register.add(sandbox.pid);
      running.add(sandbox);
      void sandbox.ended.then(() => {
        running.delete(sandbox);
        register.remove(sandbox.pid);
      });
      if (panics !== before) {
        sandbox.kill();
        throw new SentinelError("CANCELLED", "Panic was pulled while the sandbox started.");
      }
      return sandbox;
    },
    async panic() {
      const started = performance.now();
      panics += 1;
      const targets = [...running];
      for (const sandbox of targets) sandbox.kill();
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, maxWaitMs);
      await Promise.race([Promise.all(targets.map((sandbox) => sandbox.ended)), late.promise]);
      clearTimeout(timer);
      return { destroyed: targets.length, held: 0, took_ms: performance.now() - started };
    },
  };
}
