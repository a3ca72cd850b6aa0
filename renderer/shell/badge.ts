import { formatCount } from "../view/format.ts";

/** What the page is called: how many alerts are new, the screen, the product. */
export function pageTitle(screen: string, fresh: number): string {
  return `${fresh === 0 ? "" : `(${formatCount(fresh)}) `}${screen} – Sentinel`;
}

/** What of the shell's bridge and of the browser shows a number at the application's icon. */
interface BadgeHost {
  readonly sentinel?: { readonly badge?: (count: number) => void };
  readonly navigator: { readonly setAppBadge?: (count: number) => Promise<void> };
}

/** Shows how many alerts are new: at the icon of the page, and at that of the application where there is one. */
export function showBadge(fresh: number): void {
  const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  if (icon !== null) icon.href = fresh === 0 ? "./icon.svg" : "./icon-new.svg";
  const host: BadgeHost = window;
  if (host.sentinel?.badge !== undefined) host.sentinel.badge(fresh);
  // A browser that is not installed as an application has no icon to show it at, and says so.
  else host.navigator.setAppBadge?.(fresh).catch(() => undefined);
}
