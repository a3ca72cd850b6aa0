import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "../engine/base/clock.ts";

/** Where the form of a challenge is sent; the application never sees it. */
export const challengePath = "/.sentinel/challenge";
const cookieName = "sentinel_pass";
/** How long a passed challenge is good for, and how long its page, milliseconds. */
const passMs = 10 * 60_000;
const longestBack = 2000;

/**
 * A visitor that a rule challenges has to send a form and keep a cookie: a person with a browser does by one click, a simple script does
 * not. It says nothing about who it is.
 */
export interface Challenge {
  /** Whether a request's cookies show that the challenge was passed. */
  isPassed(cookie: string | undefined, client: string): boolean;
  /** The page, whole. @param back where the visitor wanted to go */
  page(client: string, back: string): string;
  /** The form, sent. @returns where to go on with which cookie; null: it is none of ours, or too old */
  answer(form: string, client: string): { readonly location: string; readonly cookie: string } | null;
}

/** @param key secret of this process: after a restart visitors are asked again */
export function createChallenge(options: { key: Uint8Array; clock: Clock }): Challenge {
  const { key, clock } = options;
  const sealOf = (what: string, until: number, client: string) =>
    createHmac("sha256", key).update(`${what}\0${until}\0${client}`).digest("base64url");

  function isGood(what: string, token: string, client: string): boolean {
    const [, until, seal] = /^(\d{13})\.([A-Za-z0-9_-]{43})$/.exec(token) ?? [];
    if (until === undefined || seal === undefined || Number(until) <= clock.now()) return false;
    // SECURITY: bound to the visitor's address and the purpose, and compared without telling by its time how much was right.
    return timingSafeEqual(Buffer.from(seal), Buffer.from(sealOf(what, Number(until), client)));
  }

  function make(what: string, client: string): string {
    const until = clock.now() + passMs;
    return `${until}.${sealOf(what, until, client)}`;
  }

  return {
    isPassed(cookie, client) {
      const found = (cookie ?? "").split(";").map((part) => part.trim());
      return found.some((part) => part.startsWith(`${cookieName}=`) && isGood("pass", part.slice(14), client));
    },
    page: (client, back) => pageOf(make("ask", client), isSafeBack(back) ? back : "/"),
    answer(form, client) {
      const fields = new URLSearchParams(form);
      if (!isGood("ask", fields.get("token") ?? "", client)) return null;
      const back = fields.get("back") ?? "/";
      const cookie = `${cookieName}=${make("pass", client)}; Path=/; Max-Age=${passMs / 1000}; HttpOnly; SameSite=Lax`;
      return { location: isSafeBack(back) ? back : "/", cookie };
    },
  };
}

/** SECURITY: back into this application only: `//host` and `/\host` lead elsewhere. */
function isSafeBack(back: string): boolean {
  return back.length <= longestBack && /^\/(?![/\\])[!-~]*$/.test(back);
}

const asText = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

function pageOf(token: string, back: string): string {
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>One moment</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem}button{font:inherit;padding:.5rem 1rem}</style>
<h1>One moment</h1><p>This request looks unusual. If you meant it, go on; you will not be asked again for ten minutes.</p>
<form method="post" action="${challengePath}"><input type="hidden" name="token" value="${asText(token)}">
<input type="hidden" name="back" value="${asText(back)}"><button>Go on</button></form></html>
`;
}
