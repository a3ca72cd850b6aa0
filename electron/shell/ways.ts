import type { globalShortcut, Menu, Tray } from "electron";
import type { Logger } from "../engine/base/logging.ts";
import { trayToolTip } from "./badge.ts";
import { menuTemplate, panicShortcut, type ShellActions, trayTemplate } from "./menu.ts";

/** What of Electron they are made with. */
export interface WayParts {
  readonly menu: Pick<typeof Menu, "buildFromTemplate" | "setApplicationMenu">;
  readonly openTray: () => Pick<Tray, "setToolTip" | "setContextMenu" | "destroy">;
  readonly shortcuts: Pick<typeof globalShortcut, "register" | "unregister">;
  readonly platform: NodeJS.Platform;
  readonly log: Pick<Logger, "warn">;
}

/** Ways to the application besides its window. */
export interface Ways {
  /** Says at the tray how many alerts are new. */
  showCount(count: number): void;
  close(): void;
}

/**
 * Opens the menu, the shortcut and the tray. Each is a way to panic, so none of them depends on another: a desktop may have no tray, and
 * another program may have the shortcut, which the menus then say.
 */
export function openWays({ menu, openTray, shortcuts, platform, log }: WayParts, actions: ShellActions): Ways {
  const hasShortcut = shortcuts.register(panicShortcut, () => actions.panic("shortcut"));
  if (!hasShortcut) log.warn({ shortcut: panicShortcut }, "Another program has the panic shortcut");
  menu.setApplicationMenu(menu.buildFromTemplate(menuTemplate(actions, platform, hasShortcut)));
  let tray: ReturnType<typeof openTray> | undefined;
  try {
    tray = openTray();
    tray.setToolTip(trayToolTip(0));
    tray.setContextMenu(menu.buildFromTemplate(trayTemplate(actions, hasShortcut)));
  } catch (error) {
    log.warn({ err: error }, "There is no tray here");
  }
  return {
    showCount: (count) => tray?.setToolTip(trayToolTip(count)),
    close() {
      if (hasShortcut) shortcuts.unregister(panicShortcut);
      tray?.destroy();
    },
  };
}
