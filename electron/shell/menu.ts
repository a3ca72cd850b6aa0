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

export function menuTemplate(actions: ShellActions, platform: NodeJS.Platform): MenuItemConstructorOptions[] {
  const isMac = platform === "darwin";
  return [
    ...(isMac ? [{ role: "appMenu" as const }] : []),
    {
      label: "&File",
      submenu: [
        { label: "Import Evidence…", accelerator: "CommandOrControl+O", click: actions.importEvidence },
        { type: "separator" },
        { label: "Panic: Stop Everything", click: () => actions.panic("menu") },
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

export function trayTemplate(actions: ShellActions): MenuItemConstructorOptions[] {
  return [
    { label: "Show Sentinel", click: actions.show },
    { type: "separator" },
    { label: `Panic: Stop Everything`, click: () => actions.panic("tray") },
    { type: "separator" },
    { label: "Quit", click: actions.quit },
  ];
}
