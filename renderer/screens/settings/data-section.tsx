import type { ReactNode } from "react";
import { BackupPanel } from "./backup-panel.tsx";
import { PersonPanel } from "./person-panel.tsx";
import { RetentionPanel } from "./retention-panel.tsx";

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="border-b border-line px-5 py-4 last:border-0">
      <h3 className="mb-2 font-medium">{title}</h3>
      {children}
    </div>
  );
}

/** What becomes of the data: backup, retention, erasure. @param days of retention, as entered */
export function DataSection({ days }: { days: number }) {
  return (
    <div className="card mt-4">
      <Part title="Backup">
        <BackupPanel />
      </Part>
      <Part title="Retention">
        <RetentionPanel days={days} />
      </Part>
      <Part title="Erase a person">
        <PersonPanel />
      </Part>
    </div>
  );
}
