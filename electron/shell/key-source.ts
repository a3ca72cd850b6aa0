import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { SentinelError } from "../../shared/errors.ts";
import { createDurably } from "../engine/store/durable-file.ts";
import type { KeySource } from "../engine/store/master-key.ts";

/** What is used of Electron's `safeStorage`: the operating system's keychain. */
export interface Keychain {
  isEncryptionAvailable(): boolean;
  /** Linux only. */
  getSelectedStorageBackend?(): string;
  encryptString(text: string): Buffer;
  decryptString(encrypted: Buffer): string;
}

/** The master key in a file that only this person's keychain opens. */
export function keychainSource(keychain: Keychain, path: string): KeySource {
  return {
    kind: "safe_storage",
    async load(create) {
      if (!keychain.isEncryptionAvailable()) throw unavailable("The system's keychain is not available.");
      // SECURITY: "basic_text" encrypts with a password that is in Electron's source: it protects nothing.
      if (process.platform === "linux" && keychain.getSelectedStorageBackend?.() === "basic_text") {
        throw unavailable("This desktop has no keychain; give the key in a file: SENTINEL_MASTER_KEY_FILE.");
      }
      if (create && !existsSync(path)) {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        const sealed = keychain.encryptString(randomBytes(32).toString("base64"));
        await createDurably(path, `${sealed.toString("base64")}\n`);
      }
      let text: string;
      try {
        text = keychain.decryptString(Buffer.from(await readFile(path, "utf8"), "base64"));
      } catch (error) {
        throw new SentinelError("KEY_UNAVAILABLE", `The keychain does not open ${path}.`, undefined, error);
      }
      const key = Buffer.from(text, "base64");
      if (key.length !== 32) throw unavailable(`The master key in ${path} is damaged.`);
      return key;
    },
  };
}

function unavailable(message: string): SentinelError {
  return new SentinelError("KEY_UNAVAILABLE", message);
}
