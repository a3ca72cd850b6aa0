import { randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import { SentinelError } from "../../shared/errors.ts";
import type { Role } from "../../shared/route.ts";

/** A certificate and its key, both PEM. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

export type Subject =
  /** DNS names and addresses that it is reached by. */
  | { readonly kind: "server"; readonly names: readonly string[] }
  /** The name goes into the subject's CN, the role into its OU. */
  | { readonly kind: "client"; readonly name: string; readonly role: Role };

const keyAlgorithm = { name: "ECDSA", namedCurve: "P-256" } as const;
const signingAlgorithm = { name: "ECDSA", hash: "SHA-256" } as const;
/** A machine whose clock is an hour behind takes a certificate made this moment. Milliseconds. */
const backdatedMs = 65 * 60_000;

/** Loaded where certificates are made, and nowhere else: the library's container wants a global polyfill. */
async function load() {
  await import("reflect-metadata");
  return await import("@peculiar/x509");
}

/** An own certificate authority, self-signed (RFC 5280), that signs leaves alone. */
export async function makeAuthority({ now, lastsMs }: { now: number; lastsMs: number }): Promise<Issued> {
  const x509 = await load();
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: newSerial(),
      name: `CN=Sentinel ${randomBytes(4).toString("hex")}`,
      notBefore: new Date(now - backdatedMs),
      notAfter: new Date(now + lastsMs),
      keys,
      signingAlgorithm,
      extensions: [
        // SECURITY: a leaf of this authority cannot sign another.
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    },
    webcrypto as Crypto,
  );
  return { certificate: `${certificate.toString("pem")}\n`, key: await exportKey(keys.privateKey) };
}

/**
 * A certificate that the authority signed, with a new P-256 key.
 * @throws SentinelError INPUT_INVALID for names that are neither DNS names nor addresses
 */
export async function issueCertificate(options: {
  readonly authority: Issued;
  readonly subject: Subject;
  readonly now: number;
  readonly lastsMs: number;
}): Promise<Issued> {
  const { authority, subject, now, lastsMs } = options;
  const x509 = await load();
  const signer = new x509.X509Certificate(authority.certificate);
  const keys = await newKeys();
  const isServer = subject.kind === "server";
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: newSerial(),
      issuer: signer.subject,
      subject: isServer
        ? [{ CN: [requireHost(subject.names[0])] }]
        : // As parts, never as text: no name can write an OU of its own.
          [{ CN: [subject.name] }, { OU: [subject.role] }],
      notBefore: new Date(now - backdatedMs),
      notAfter: new Date(Math.min(now + lastsMs, signer.notAfter.getTime())),
      publicKey: keys.publicKey,
      signingKey: await importKey(authority.key),
      signingAlgorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        // SECURITY: a server's certificate lets nobody in, and a client's cannot pose as the server.
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[isServer ? "serverAuth" : "clientAuth"]]),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(signer),
        ...(isServer
          ? [
              new x509.SubjectAlternativeNameExtension(
                subject.names.map((name) => ({
                  type: isIP(name) ? ("ip" as const) : ("dns" as const),
                  value: requireHost(name),
                })),
              ),
            ]
          : []),
      ],
    },
    webcrypto as Crypto,
  );
  return { certificate: `${certificate.toString("pem")}\n`, key: await exportKey(keys.privateKey) };
}

function requireHost(name: string | undefined): string {
  const label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
  if (
    name !== undefined &&
    name.length <= 253 &&
    (isIP(name) || new RegExp(`^${label}(\\.${label})*$`, "i").test(name))
  )
    return name;
  throw new SentinelError("INPUT_INVALID", `"${name ?? ""}" is neither a DNS name nor an address.`);
}

/** 127 random bits, positive and never short (RFC 5280, 4.1.2.2). */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes.toString("hex");
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(keyAlgorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
}

async function exportKey(key: CryptoKey): Promise<string> {
  const text = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${text.replace(/.{64}/g, "$&\n").trimEnd()}\n-----END PRIVATE KEY-----\n`;
}

async function importKey(pem: string): Promise<CryptoKey> {
  const text = pem.replace(/-----[A-Z ]+-----/g, "");
  return (await webcrypto.subtle.importKey("pkcs8", Buffer.from(text, "base64"), keyAlgorithm, false, [
    "sign",
  ])) as CryptoKey;
}
