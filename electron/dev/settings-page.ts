import { defaultSettings, Settings } from "../../shared/settings.ts";
import { environmentVariables } from "../engine/base/config.ts";

/** The documentation page of all settings, made from the tables that the program reads. */
export function describeSettings(): string {
  const rows = Object.entries(Settings.shape).map(
    ([name, schema]) =>
      `| \`${name}\` | ${schema.description ?? ""} | \`${JSON.stringify(defaultSettings[name as keyof Settings])}\` |`,
  );
  const variables = Object.entries(environmentVariables).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`);
  return `# Settings

This page is made by \`npm run generate\`.

## While it runs
On the settings screen; each change is in the audit log and can be undone.

| setting | meaning | default |
|---|---|---|
${rows.join("\n")}

## Of the process
Environment variables, or an \`.env\` file in the folder that it is started from.

| variable | meaning |
|---|---|
${variables.join("\n")}
`;
}
