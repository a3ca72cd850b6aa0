import type { Application } from "../application.ts";
import { datasette } from "./datasette.ts";
import { isso } from "./isso.ts";
import { roundup } from "./roundup.ts";
import { trac } from "./trac.ts";
import { wagtail } from "./wagtail.ts";

/** Those that a fit sees, and after them those that it never does. */
export const applications: readonly Application[] = [datasette, isso, roundup, trac, wagtail];
