import { BellRing } from "lucide-react";
import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { askForNotices, type NoticePermission, noticePermission, showNotice } from "../../ui/desktop-notice.ts";
import { noticeText } from "../../view/notice.ts";

const words: Record<NoticePermission, string> = {
  granted:
    "This computer shows notifications of new alerts, as set above. They name severities and counts, never what an alert holds.",
  denied: "Notifications of this page are blocked: allow them in the settings of the browser or the system.",
  unasked: "This computer shows no notifications yet. They name severities and counts, never what an alert holds.",
  missing: "This browser has no notifications. New alerts are counted in the title of the page.",
};

/** Whether this computer shows notifications, and the button that asks for them: nothing asks by itself. */
export function NoticeSettings() {
  const [permission, setPermission] = useState(noticePermission);
  return (
    <section aria-labelledby="notices" className="card mt-4 flex items-center gap-6 p-4">
      <div className="min-w-0 flex-1">
        <h3 id="notices" className="font-semibold">
          On this computer
        </h3>
        <p role="status" className="text-xs text-ink-2">
          {words[permission]}
        </p>
      </div>
      {permission === "unasked" && (
        <Button icon={BellRing} onClick={() => void askForNotices().then(setPermission)}>
          Allow notifications…
        </Button>
      )}
      {permission === "granted" && (
        <Button
          icon={BellRing}
          onClick={() =>
            showNotice(
              { ...noticeText({ low: 0, medium: 0, high: 2, critical: 1 }), title: "How it will look" },
              () => undefined,
            )
          }
        >
          Show one
        </Button>
      )}
    </section>
  );
}
