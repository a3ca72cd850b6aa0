import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publishedSchemas } from "../api/published-schemas.ts";
import { describeCodeRules } from "../engine/agent/scan/code/describe-rules.ts";
import { describeFeatures } from "../engine/detect/features/feature-docs.ts";
import { describeClientTypes } from "./client-types.ts";
import { modelCards, modelFolder } from "./model-cards.ts";
import { describeRoles } from "./roles-page.ts";
import { describeSettings } from "./settings-page.ts";
import { describeSiem } from "./siem-page.ts";

// Writes every generated file of the repository; tests beside their sources say when one is out of date.
const directory = join(import.meta.dirname, "../../resources/schemas");
mkdirSync(directory, { recursive: true });
for (const [name, text] of Object.entries(publishedSchemas())) writeFileSync(join(directory, name), text);
for (const [name, text] of Object.entries(modelCards())) writeFileSync(join(modelFolder, name), text);
const docs = join(import.meta.dirname, "../../resources/docs");
writeFileSync(join(docs, "settings.md"), describeSettings());
writeFileSync(join(docs, "siem.md"), describeSiem());
writeFileSync(join(docs, "features.md"), describeFeatures());
writeFileSync(join(docs, "code-rules.md"), describeCodeRules());
writeFileSync(join(docs, "roles.md"), describeRoles());
writeFileSync(join(docs, "../client/sentinel-api-types.d.ts"), await describeClientTypes());
