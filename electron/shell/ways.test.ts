import type { Menu, MenuItemConstructorOptions } from "electron";
import { expect, test } from "vitest";
import { createLogger } from "../engine/base/logging.ts";
import { panicShortcut } from "./menu.ts";
import { openWays } from "./ways.ts";

/** Stands for Electron's menu, tray and shortcuts: keeps what it is told. */
function open({ isTaken = false, hasTray = true, platform = "linux" as NodeJS.Platform } = {}) {
  const lines: string[] = [];
  const pulled: string[] = [];
  const shortcuts = new Map<string, () => void>();
  const templates: Record<"menu" | "tray", readonly MenuItemConstructorOptions[]> = { menu: [], tray: [] };
  const toolTips: string[] = [];
  let isDestroyed = false;
  // A menu is what it was made of.
  const asMenu = (template: readonly unknown[]) => template as unknown as Menu;
  const asTemplate = (menu: Menu | null) => menu as unknown as MenuItemConstructorOptions[];
  const ways = openWays(
    {
      menu: {
        buildFromTemplate: asMenu,
        setApplicationMenu: (menu) => {
          templates.menu = asTemplate(menu);
        },
      },
      openTray() {
        if (!hasTray) throw new Error("no tray");
        return {
          setToolTip: (text) => void toolTips.push(text),
          setContextMenu: (menu) => {
            templates.tray = asTemplate(menu);
          },
          destroy: () => {
            isDestroyed = true;
          },
        };
      },
      shortcuts: {
        register(key, pressed) {
          if (!isTaken) shortcuts.set(key as string, pressed);
          return !isTaken;
        },
        unregister: (key) => void shortcuts.delete(key as string),
      },
      platform,
      log: createLogger("warn", { write: (line) => void lines.push(line) }),
    },
    {
      importEvidence: () => undefined,
      show: () => void pulled.push("show"),
      quit: () => undefined,
      panic: (way) => void pulled.push(way),
    },
  );
  const itemsOf = (from: "menu" | "tray") =>
    templates[from].flatMap((item) => [item, ...(Array.isArray(item.submenu) ? item.submenu : [])]);
  const click = (from: "menu" | "tray", label: string) => {
    const item = itemsOf(from).find((one) => one.label === label);
    (item?.click as (() => void) | undefined)?.();
  };
  const labels = (from: "menu" | "tray") => itemsOf(from).map(({ label }) => label);
  return { ways, lines, pulled, shortcuts, toolTips, click, labels, isDestroyed: () => isDestroyed };
}
const panicLabel = "Panic: Stop Everything";
const takenLabel = "Its shortcut belongs to another program";

test.each(["linux", "darwin", "win32"] as const)(
  "on %s the shortcut, the tray and the menu each pull panic, and are gone at the end",
  (platform) => {
    const { ways, lines, pulled, shortcuts, toolTips, click, labels, isDestroyed } = open({ platform });
    shortcuts.get(panicShortcut)!();
    click("tray", panicLabel);
    click("menu", panicLabel);
    click("tray", "Show Sentinel");
    expect(pulled).toEqual(["shortcut", "tray", "menu", "show"]);
    for (const from of ["tray", "menu"] as const) expect(labels(from)).not.toContain(takenLabel);
    ways.showCount(3);
    expect(toolTips).toEqual(["Sentinel", "Sentinel: 3 new alerts"]);
    expect(lines).toEqual([]);
    ways.close();
    expect([[...shortcuts.keys()], isDestroyed()]).toEqual([[], true]);
  },
);

test("a shortcut that another program has is told in the log, in the menu and in the tray, which pull panic nevertheless", () => {
  const { pulled, lines, click, labels } = open({ isTaken: true });
  expect(lines.join("")).toContain("Another program has the panic shortcut");
  for (const from of ["tray", "menu"] as const) {
    expect(labels(from)).toContain(takenLabel);
    click(from, panicLabel);
  }
  expect(pulled).toEqual(["tray", "menu"]);
});

test("without a tray the shortcut and the menu are there", () => {
  const { ways, pulled, lines, shortcuts, click } = open({ hasTray: false });
  expect(lines.join("")).toContain("There is no tray here");
  shortcuts.get(panicShortcut)!();
  click("menu", panicLabel);
  ways.showCount(1);
  expect(pulled).toEqual(["shortcut", "menu"]);
  ways.close();
  expect(shortcuts.size).toBe(0);
});
