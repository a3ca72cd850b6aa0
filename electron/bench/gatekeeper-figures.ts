import { Agent, request } from "node:http";
import { openGateEngine } from "../gatekeeper/fixture-engine.ts";
import { gateRule, openGatekeeper, openServer, visit } from "../gatekeeper/fixture-gatekeeper.ts";
import type { Report } from "./figure.ts";

const requests = 1500;
const warmUp = 200;
/** How long a change of a rule may take until it is enforced, before the measurement gives up, milliseconds. */
const patienceMs = 20_000;

/** A visit as shops see them: a search, cookies, and a form of some fields in every third. */
function visitOf(i: number) {
  const headers: Record<string, string> = {
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
    accept: "text/html,application/xhtml+xml",
    "accept-language": "en-GB,en;q=0.7",
    cookie: `sid=8f2c1b${i}; theme=dark; consent=yes`,
    referer: "http://shop.example/catalogue/teas?page=2",
  };
  const path = `/search?q=green%20tea%20${i}&sort=price&page=${i % 7}`;
  if (i % 3 !== 0) return { path, method: "GET", headers, body: "" };
  const body = `name=Ada+Lovelace&street=12+St+James%27s+Square&note=Please+ring+twice+${i}&quantity=2`;
  return {
    path: "/orders",
    method: "POST",
    headers: { ...headers, "content-type": "application/x-www-form-urlencoded" },
    body,
  };
}

/** @returns milliseconds of each visit, one after the other over one connection */
async function timeVisits(origin: string, count: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const took: number[] = [];
  for (let i = 0; i < count; i++) {
    const { path, method, headers, body } = visitOf(i);
    const began = performance.now();
    await new Promise<void>((resolve, reject) => {
      const asked = request(
        origin,
        { agent, path, method, headers: { ...headers, "content-length": body.length } },
        (reply) => {
          reply.resume().once("end", resolve);
        },
      );
      asked.once("error", reject);
      asked.end(body);
    });
    took.push(performance.now() - began);
  }
  agent.destroy();
  return took.sort((a, b) => a - b);
}

const at = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;

/** What a gatekeeper costs each request, by how many rules it has, and how soon it does what it is told. */
export async function measureGatekeeper(report: Report): Promise<void> {
  const app = await openServer((asked, reply) => asked.resume().once("end", () => reply.end("<p>tea</p>")));
  const gatekeeper = await openGatekeeper(app.origin);
  try {
    await timeVisits(app.origin, warmUp);
    for (const count of [0, 10, 100, 1000]) {
      const rules = Array.from({ length: count }, (_, i) => {
        // A third each: what the three sorts of rules that are made of attacks look like, none of which matches.
        if (i % 3 === 0) return gateRule(`r${i}`, { kind: "string", text: `union select ${i}` });
        if (i % 3 === 1)
          return gateRule(`r${i}`, { kind: "fingerprint", tokens: ["'", "or", `x${i}`, "=", "<number>"] });
        return gateRule(`r${i}`, { kind: "regex", pattern: `<script[^>]{0,40}>\\s*x${i}\\(` });
      });
      await gatekeeper.push(...rules);
      await timeVisits(gatekeeper.origin, warmUp);
      // In turns, so that what else the machine does hits both alike.
      const without: number[] = [];
      const through: number[] = [];
      for (let turn = 0; turn < 5; turn++) {
        without.push(...(await timeVisits(app.origin, requests / 5)));
        through.push(...(await timeVisits(gatekeeper.origin, requests / 5)));
      }
      without.sort((a, b) => a - b);
      through.sort((a, b) => a - b);
      for (const share of [0.5, 0.95]) {
        const name = `gatekeeper with ${count} rules: added to a request, p${share * 100}`;
        report(name, at(through, share) - at(without, share), "ms");
      }
    }
  } finally {
    await gatekeeper.close();
  }
  await measurePush(app.origin, report);
  await app.close();
}

async function measurePush(upstream: string, report: Report): Promise<void> {
  const engine = await openGateEngine();
  const gatekeeper = await openGatekeeper(upstream, { engine: engine.key });
  try {
    await engine.add(gatekeeper);
    await engine.stage("bench", "log");
    await engine.gatekeeping.settle();
    const took: { up: number[]; down: number[] } = { up: [], down: [] };
    for (let i = 0; i < 20; i++) {
      for (const [way, stage, status] of [
        ["up", "block", 403],
        ["down", "log", 200],
      ] as const) {
        const began = performance.now();
        await engine.stage("bench", stage);
        while ((await visit(gatekeeper.origin, "/?q=1%20union%20select%202")).status !== status) {
          if (performance.now() - began > patienceMs) throw new Error("A push did not arrive.");
        }
        took[way].push(performance.now() - began);
      }
    }
    for (const way of ["up", "down"] as const) {
      took[way].sort((a, b) => a - b);
      const name =
        way === "up" ? "a rule that is raised is enforced after, p95" : "a rule that is rolled back lets go after, p95";
      report(name, at(took[way], 0.95), "ms", way === "down" ? "< 1000" : undefined);
    }
  } finally {
    await engine.close();
    await gatekeeper.close();
  }
}
