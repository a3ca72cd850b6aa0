import type { MenuItemConstructorOptions } from "electron";

/** What the menus, the tray and the shortcut do. */
export interface ShellActions {
  readonly importEvidence: () => void;
  readonly show: () => void;
  readonly panic: (way: string) => void;
  readonly quit: () => void;
}

/** System-wide: works while another program has the keyboard. */
export const panicShortcut = "CommandOrControl+Alt+Shift+P";

/** Panic. A shortcut that is another program's does nothing here: that has to be known before it is needed. */
function panicItems(actions: ShellActions, way: string, hasShortcut: boolean): MenuItemConstructorOptions[] {
  const item = { label: "Panic: Stop Everything", click: () => actions.panic(way) };
  return hasShortcut ? [item] : [item, { label: "Its shortcut belongs to another program", enabled: false }];
}

/** @param hasShortcut whether the panic shortcut is this program's */
export function menuTemplate(
  actions: ShellActions,
  platform: NodeJS.Platform,
  hasShortcut: boolean,
): MenuItemConstructorOptions[] {
  const isMac = platform === "darwin";
  return [
    ...(isMac ? [{ role: "appMenu" as const }] : []),
    {
      label: "&File",
      submenu: [
        { label: "Import Evidence…", accelerator: "CommandOrControl+O", click: actions.importEvidence },
        { type: "separator" },
        ...panicItems(actions, "menu", hasShortcut),
        { type: "separator" },
        isMac ? { role: "close" } : { label: "Quit", accelerator: "CommandOrControl+Q", click: actions.quit },
      ],
    },
    { role: "editMenu" },
    {
      label: "&View",
      submenu: [
        { role: "resetZoom" },
        { role: "zoomIn" },
        { role: "zoomOut" },
        { type: "separator" },
        { role: "togglefullscreen" },
      ],
    },
    { role: "windowMenu" },
  ];
}

/** @param hasShortcut whether the panic shortcut is this program's */
export function trayTemplate(actions: ShellActions, hasShortcut: boolean): MenuItemConstructorOptions[] {
  return [
    { label: "Show Sentinel", click: actions.show },
    { type: "separator" },
    ...panicItems(actions, "tray", hasShortcut),
    { type: "separator" },
    { label: "Quit", click: actions.quit },
  ];
}
