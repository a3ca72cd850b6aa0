import { expect, test } from "vitest";
import { SentinelError } from "../../../../shared/errors.ts";
import type { Approvals } from "../../approve/approvals.ts";
import { createLogger } from "../../base/logging.ts";
import type { Principal } from "../../base/principals.ts";
import type { TaskBook } from "./task-book.ts";
import type { TaskPorts } from "./task-ports.ts";
import { createTasks } from "./tasks.ts";

test("who answers for the task of another engine is told where it waits", async () => {
  const ana: Principal = { actor: "ana", role: "analyst", caller: "ui" };
  const why_not = "It is asked for at the engine another, and answered there alone.";
  const tasks = createTasks({
    book: {
      get: () => Promise.reject(new SentinelError("NOT_FOUND", "There is no such task.")),
    } as unknown as TaskBook,
    approvals: { get: async () => ({ state: "pending", why_not, subject: "theirs" }) } as unknown as Approvals,
    clock: { now: () => 0 },
    log: createLogger("silent"),
    ports: { limits: {} } as unknown as TaskPorts,
  });
  const word = { id: "one", granted: true, reason: "" };
  await expect(tasks.decide(word, ana)).rejects.toMatchObject({ code: "FORBIDDEN", message: why_not });
});
