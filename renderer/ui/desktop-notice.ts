import type { NoticeText } from "../view/notice.ts";

/** What the desktop lets this window do; `unasked`: the analyst has not been asked yet. */
export type NoticePermission = "granted" | "denied" | "unasked" | "missing";

export function noticePermission(): NoticePermission {
  if (!("Notification" in window)) return "missing";
  return Notification.permission === "default" ? "unasked" : Notification.permission;
}

/** Asks for it. Only ever by a press of a button. */
export async function askForNotices(): Promise<NoticePermission> {
  if (noticePermission() === "unasked") await Notification.requestPermission();
  return noticePermission();
}

let last: Notification | null = null;

/** Shows one notification, in place of the last. @param onClick hears that it was clicked; the window is in front then */
export function showNotice({ title, body }: NoticeText, onClick: () => void): void {
  if (noticePermission() !== "granted") return;
  // Of several windows the last one shows it.
  last?.close();
  const notice = new Notification(title, { body, tag: "sentinel-alerts" });
  notice.onclick = () => {
    window.focus();
    onClick();
    notice.close();
  };
  last = notice;
}
