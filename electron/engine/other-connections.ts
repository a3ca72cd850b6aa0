import type { OtherConnection } from "../../shared/agent-egress.ts";
import type { Settings } from "../../shared/settings.ts";
import type { Config } from "./base/config.ts";

interface Configured {
  readonly config: Config;
  readonly settings: Pick<Settings, "syslog_target" | "siem_outputs" | "update_server">;
  /** Their addresses. */
  readonly gatekeepers: readonly string[];
  /** Commands of MCP servers that are programs beside the engine. */
  readonly programs: readonly string[];
}

const listOf = (text: string) =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");

/** Of an address no more than whom it leads to: paths may hold keys. */
function originOf(address: string): string {
  const { protocol, host } = URL.canParse(address) ? new URL(address) : { protocol: "", host: address };
  return protocol === "" ? host : `${protocol}//${host}`;
}

/** All that is configured to be spoken to beside what the agent may call. */
export function otherConnections({ config, settings, gatekeepers, programs }: Configured): OtherConnection[] {
  const { SENTINEL_S3_BUCKETS: buckets, SENTINEL_S3_SHELF: shelf, SENTINEL_S3_ENDPOINT: s3 } = config;
  const isS3 = listOf(buckets).length > 0 || shelf !== "";
  const postgres = config.SENTINEL_POSTGRES_HOST;
  const traces = config.SENTINEL_OTLP_ENDPOINT;
  const all: Record<OtherConnection["what"], readonly string[]> = {
    gatekeeper: gatekeepers.map(originOf),
    syslog: settings.syslog_target === "" ? [] : [settings.syslog_target],
    siem: settings.siem_outputs.filter(({ on }) => on).map(({ address }) => originOf(address)),
    update: settings.update_server === "" ? [] : [originOf(settings.update_server)],
    traces: traces === undefined ? [] : [originOf(traces)],
    kafka: listOf(config.SENTINEL_KAFKA_BROKERS),
    s3: isS3 ? [s3 === undefined ? `https://s3.${config.SENTINEL_S3_REGION}.amazonaws.com` : originOf(s3)] : [],
    postgres: postgres === undefined ? [] : [`${postgres}:${config.SENTINEL_POSTGRES_PORT}`],
    mcp_program: programs,
    // Without what stands behind it: it may name an account.
    signal_program: config.SENTINEL_SIGNAL_ENABLED ? [config.SENTINEL_SIGNAL_COMMAND.trim().split(/\s+/)[0]!] : [],
  };
  return Object.entries(all).flatMap(([what, to]) =>
    [...new Set(to)].map((one) => ({ what: what as OtherConnection["what"], to: one })),
  );
}
