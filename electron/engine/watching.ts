import type { Logger } from "./base/logging.ts";
import { enginePrincipal, type Principal } from "./base/principals.ts";
import { type WatchedFolder, watchFolder } from "./evidence/watched-folder.ts";
import type { Importing } from "./importing.ts";
import type { SettingsBook } from "./store/settings.ts";
import type { Store } from "./store/store.ts";

/** Keeps the watch on the folder that the settings name. */
export interface FolderWatch {
  /** Looks at the settings again and watches the folder they name now. */
  follow(): Promise<void>;
  /** Folder under watch, and what of it could not be imported; null: none is watched. */
  status(): ({ readonly folder: string } & ReturnType<WatchedFolder["refused"]>) | null;
  close(): Promise<void>;
}

const watcher: Principal = { ...enginePrincipal, actor: "watched folder", role: "analyst" };

export function createFolderWatch(options: {
  store: Store;
  log: Logger;
  importing: Importing;
  settings: SettingsBook;
  /** Hears when what could not be imported changed. */
  onChange: () => void;
}): FolderWatch {
  const { store, log, importing, settings } = options;
  let watched: { folder: string; watch: WatchedFolder } | null = null;

  async function stop(): Promise<void> {
    await watched?.watch.close();
    watched = null;
  }

  return {
    async follow() {
      const folder = (await settings.current()).settings.watched_folder;
      if (folder === (watched?.folder ?? "")) return;
      await stop();
      if (folder === "") return;
      const watch = watchFolder({
        folder,
        store,
        log,
        importFile: async (path) => {
          const { evidence } = await importing.takeFile(path, { channel: "watched folder", by: watcher });
          return { evidenceId: evidence.id };
        },
        // The name of the file stays out of the log: it may name a person.
        onProblem: ({ code }) => log.warn({ code }, "A watched file was not imported"),
        onChange: options.onChange,
      });
      watched = { folder, watch };
    },
    status: () => (watched === null ? null : { folder: watched.folder, ...watched.watch.refused() }),
    close: stop,
  };
}
