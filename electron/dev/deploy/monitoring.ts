import { parse } from "yaml";
import { z } from "zod";
import { createMetrics } from "../../engine/base/metrics.ts";
import { createTelemetryMetrics } from "../../engine/detect/telemetry/telemetry-metrics.ts";
import { inWords } from "./compose.ts";

const Alerts = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string(),
          expr: z.string(),
          for: z.string().optional(),
          labels: z.strictObject({ severity: z.enum(["info", "warning", "critical"]) }),
          annotations: z.strictObject({ summary: z.string(), runbook: z.string() }),
        }),
      ),
    }),
  ),
});
const Dashboard = z.object({
  panels: z.array(
    z.object({
      id: z.number(),
      title: z.string(),
      type: z.string(),
      gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
      targets: z.array(z.object({ expr: z.string() })).optional(),
    }),
  ),
});

/** Names of all metrics that an engine of a fleet has, and their label names where they are fixed. */
function knownMetrics(): Set<string> {
  const metrics = createMetrics({ processMetrics: true });
  createTelemetryMetrics(metrics.registry);
  metrics.joinFleet({ lag: () => Promise.resolve(0), resultsBehind: () => 0 });
  metrics.shareDecisions(() => Promise.resolve(0));
  metrics.followFleet();
  const names = metrics.registry.getMetricsAsArray().map((metric) => (metric as { name: string }).name);
  metrics.close();
  return new Set(names);
}

function unknownMetrics(expression: string, known: Set<string>): string[] {
  const named = expression.match(/\b(?:sentinel|cerberus)_[a-z0-9_]+/g) ?? [];
  const isKnown = (name: string) => known.has(name) || known.has(name.replace(/_(bucket|sum|count)$/, ""));
  return named.filter((name) => !isKnown(name)).map((name) => `${name} is no metric`);
}

/** What is wrong with alerts and their runbook, in words. @param runbook its text, resources/docs/runbook.md */
export function checkAlerts(text: string, runbook: string): string[] {
  const parsed = Alerts.safeParse(parse(text));
  if (!parsed.success) return inWords("alerts", parsed.error);
  const known = knownMetrics();
  const sections = new Set([...runbook.matchAll(/^## (\w+)$/gm)].map(([, name]) => name!));
  const problems: string[] = [];
  for (const { alert, expr, annotations } of parsed.data.groups.flatMap(({ rules }) => rules)) {
    problems.push(...unknownMetrics(expr, known).map((why) => `${alert}: ${why}`));
    if (annotations.runbook !== `resources/docs/runbook.md#${alert.toLowerCase()}`)
      problems.push(`${alert}: its link leads elsewhere`);
    if (!sections.delete(alert)) problems.push(`${alert}: the runbook has no section for it`);
  }
  return [...problems, ...[...sections].map((name) => `the runbook has a section ${name}, and there is no such alert`)];
}

/** What is wrong with a dashboard, in words. */
export function checkDashboard(text: string): string[] {
  const parsed = Dashboard.safeParse(JSON.parse(text));
  if (!parsed.success) return inWords("dashboard", parsed.error);
  const known = knownMetrics();
  const problems = expressionsOf(text).flatMap((expression) => unknownMetrics(expression, known));
  const ids = parsed.data.panels.map(({ id }) => id);
  if (new Set(ids).size !== ids.length) problems.push("two panels have one id");
  for (const { title, gridPos } of parsed.data.panels)
    if (gridPos.x + gridPos.w > 24) problems.push(`${title} is too wide`);
  return problems;
}

/** What is wrong with the page of metrics, in words: it names each metric of the engine's own, and no other. */
export function checkMetricsPage(text: string): string[] {
  const known = new Set([...knownMetrics()].filter((name) => !/^sentinel_(process|nodejs)_/.test(name)));
  const named = new Set(text.match(/`(?:sentinel|cerberus)_[a-z0-9_]+`/g)?.map((name) => name.slice(1, -1)));
  return [
    ...[...named].filter((name) => !known.has(name)).map((name) => `${name} is no metric`),
    ...[...known].filter((name) => !named.has(name)).map((name) => `${name} is not described`),
  ];
}

/** A dashboard's expressions, with what Grafana puts in. */
export function expressionsOf(text: string): string[] {
  return Dashboard.parse(JSON.parse(text))
    .panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
    .map((expr) => expr.replaceAll("$__rate_interval", "5m").replaceAll("$instance", ".*"));
}
