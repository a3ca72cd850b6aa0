import { askEarly } from "./queries/early.ts";
import { adoptFragment } from "./queries/token.ts";

// The page's entry, one kilobyte: it asks the engine for what the first screen shows while the application's code, which the page
// links to as well, is still on its way.
adoptFragment(window.location, window.history, window.sessionStorage);
askEarly(window.location.hash);
await import("./main.tsx");
