/** A file of the watched folder that could not be imported. */
export interface RefusedFile {
  readonly fileName: string;
  readonly code: string;
  readonly message: string;
}

/** Refused files that are told one by one. */
const mostTold = 20;

/** What of a watched folder could not be imported and still lies there, by path, the newest last. */
export function createRefusedFiles() {
  const refused = new Map<string, RefusedFile>();
  return {
    add(path: string, file: RefusedFile): void {
      refused.delete(path);
      refused.set(path, file);
    },
    has: (path: string) => refused.has(path),
    remove: (path: string) => refused.delete(path),
    paths: () => [...refused.keys()],
    /** Newest first, at most 20. */
    newest: (): RefusedFile[] => [...refused.values()].reverse().slice(0, mostTold),
    count: () => refused.size,
  };
}
