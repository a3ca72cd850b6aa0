import { existsSync } from "node:fs";

/** A system program's path. SECURITY: in fixed places; PATH may begin with a folder that others can write. */
export function findProgram(name: string): string | undefined {
  const folders = ["/usr/bin", "/bin", "/usr/sbin", "/usr/local/bin"];
  return folders.map((folder) => `${folder}/${name}`).find((path) => existsSync(path));
}
