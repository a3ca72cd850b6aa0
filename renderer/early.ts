import { askEarly } from "./queries/early.ts";
import { adoptFragment } from "./queries/token.ts";

// A script of its own, a few hundred bytes: it runs while the rest of the page's code is still on its way.
adoptFragment(window.location, window.history, window.sessionStorage);
askEarly(window.location.hash);
