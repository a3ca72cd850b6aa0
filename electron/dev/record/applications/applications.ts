import type { Application } from "../application.ts";
import { datasette } from "./datasette.ts";

/** Those that a fit sees, and after them those that it never does. */
export const applications: readonly Application[] = [datasette];
