import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createAuditForwarding } from "./audit-forwarding.ts";
import { systemClock } from "./base/clock.ts";
import { createLogger } from "./base/logging.ts";
import { enginePrincipal } from "./base/principals.ts";
import { forwardModule } from "./store/forward-table.ts";
import { openInlineStore } from "./store/inline-store.ts";
import type { LogFollower } from "./store/log-follower.ts";
import type { StoreHost } from "./store/store.ts";
import type { SyslogSender } from "./store/syslog-message.ts";

let store: StoreHost;
let reads: number;
let target: string;
let forwarding: LogFollower;
let sent: string[];

function start(sender: () => SyslogSender): void {
  const counting: StoreHost = {
    ...store,
    read: (query, args) => {
      reads++;
      return store.read(query, args);
    },
  };
  forwarding = createAuditForwarding({
    store: counting,
    log: createLogger("silent"),
    open: async () => sender(),
    target: async () => target,
    onChange: () => undefined,
  });
}

let appended = 0;
async function append(): Promise<void> {
  const entityId = `entity ${++appended}`;
  await store.append(
    [{ entityType: "test", entityId, baseVersion: 0, kind: "test", payload: {}, inverse: null }],
    enginePrincipal,
  );
}

beforeEach(async () => {
  store = openInlineStore({ modules: [forwardModule], clock: systemClock });
  reads = 0;
  sent = [];
  target = "tcp://a";
  await append();
});
afterEach(async () => {
  await forwarding.close();
  await store.close();
});

test("an engine in which nothing happens asks its store nothing", async () => {
  start(() => ({ send: async (messages) => void sent.push(...messages), close: () => undefined }));
  await forwarding.follow();
  await expect.poll(() => sent.length).toBe(1);
  await setTimeout(600);
  const before = reads;
  await setTimeout(300);
  expect(reads).toBe(before);
  await append();
  await expect.poll(() => sent.length).toBe(2);
});

/** A server that takes a message and never ends taking it, until the connection is closed. */
function stuckSender(): SyslogSender {
  const closed = Promise.withResolvers<never>();
  closed.promise.catch(() => undefined);
  return { send: () => closed.promise, close: () => closed.reject(new Error("closed")) };
}

test("a server that takes nothing more holds up neither its change nor the end", async () => {
  let opened = 0;
  start(() => {
    opened++;
    return stuckSender();
  });
  await forwarding.follow();
  await expect.poll(() => opened).toBe(1);
  target = "";
  await forwarding.follow();
  expect(forwarding.health()).toBeNull();
  target = "tcp://b";
  await forwarding.follow();
  await expect.poll(() => opened).toBe(2);
  await forwarding.close();
});
