import { resolve } from "node:path";
import { roles } from "../../shared/route.ts";
import { systemClock } from "../engine/base/clock.ts";
import { fileNames, openCertificateFolder } from "./certificate-folder.ts";
import { type Command, exitCodes } from "./command.ts";

export const certificates: Command = {
  name: "certificates",
  summary: "Make, renew and revoke what lets people in over the network",
  usage: "FOLDER [--server NAMES] [--client NAME --role ROLE] [--token NAME --role ROLE] [--revoke NAME]",
  details: `Makes an own certificate authority in FOLDER where there is none, and the server's certificate for --server (DNS names and
addresses, separated by commas). Called again without options, it renews the server's certificate once less than a third of its 90 days
is left; the engine takes it without a restart. --client makes a certificate of 90 days, --token a bearer token, which is printed once.
ROLE is viewer, analyst, approver or admin. --revoke ends whatever was made for NAME, within seconds. Files have mode 0600; whoever has
ca.key lets in whomever they want: keep FOLDER with the engine only if you have to.`,
  options: {
    server: { type: "string" },
    client: { type: "string" },
    token: { type: "string" },
    role: { type: "string" },
    revoke: { type: "string" },
  },
  operands: [1, 1],
  async run({ operands, options, around }) {
    const given = ["client", "token", "revoke"].filter((name) => options[name] !== undefined);
    const role = roles.find((one) => one === options.role);
    if (given.length > 1) {
      around.tell(`--${given.join(" and --")} are for one call each.`);
      return exitCodes.badUsage;
    }
    const needsRole = options.client !== undefined || options.token !== undefined;
    if (needsRole ? role === undefined : options.role !== undefined) {
      around.tell(`--role goes with --client or --token, and is one of ${roles.join(", ")}.`);
      return exitCodes.badUsage;
    }
    const folder = resolve(operands[0]!);
    const files = await openCertificateFolder(folder, systemClock);
    if (typeof options.revoke === "string") {
      const count = files.revoke(options.revoke);
      await around.write(`${options.revoke} is out: ${count} revoked, in ${folder}/${fileNames.revoked}.\n`);
      return exitCodes.done;
    }
    const names = typeof options.server === "string" ? options.server.split(",").map((name) => name.trim()) : [];
    if (await files.server(names)) {
      await around.write(`The server's certificate is made. Settings of the engine:
SENTINEL_TLS_PORT=8443
SENTINEL_TLS_CERT_FILE=${folder}/${fileNames.server}
SENTINEL_TLS_KEY_FILE=${folder}/${fileNames.serverKey}
SENTINEL_TLS_CLIENT_CA_FILE=${folder}/${fileNames.authority}
SENTINEL_TLS_TOKENS_FILE=${folder}/${fileNames.tokens}
SENTINEL_TLS_REVOKED_FILE=${folder}/${fileNames.revoked}
`);
    }
    if (typeof options.client === "string") {
      const path = await files.client(options.client, role!);
      await around.write(`${options.client} is ${role}: ${path}, with its key beside it.\n`);
    }
    if (typeof options.token === "string") {
      const token = files.token(options.token, role!);
      await around.write(`${options.token} is ${role}. The token is kept nowhere:\n${token}\n`);
    }
    return exitCodes.done;
  },
};
