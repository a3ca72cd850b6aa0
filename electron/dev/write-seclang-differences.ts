import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeSecLangDifferences } from "./seclang-differences.ts";

// Writes the page of differences; apart from `npm run generate`, because it needs the Coraza engine.
writeFileSync(join(import.meta.dirname, "../../resources/docs/seclang-differences.md"), describeSecLangDifferences());
