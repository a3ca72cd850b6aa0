import { Ungroup } from "lucide-react";
import { type CaseDetail, sendCaseChange } from "../../queries/cases.ts";
import { useCasework } from "../../triage/casework.ts";
import { Button } from "../../ui/button.tsx";
import { placeHash } from "../../view/place.ts";
import { nameCase } from "./case-badges.tsx";

/** Cases that were merged into this one; each can be taken out again. */
export function MergedCases({ detail }: { detail: CaseDetail }) {
  const { isBusy, run } = useCasework();
  if (detail.merged.length === 0) return null;
  return (
    <section aria-labelledby="case-merged" className="card p-4">
      <h3 id="case-merged" className="mb-1 text-sm font-semibold">
        Merged into it
      </h3>
      <ul className="divide-y divide-line">
        {detail.merged.map((each) => (
          <li key={each.id} className="flex min-h-9 items-center gap-2 py-1">
            <a
              href={placeHash({ screen: "cases", item: each.id })}
              className="min-w-0 flex-1 truncate font-medium hover:underline"
            >
              {nameCase(each)}
            </a>
            <Button
              size="small"
              icon={Ungroup}
              disabled={isBusy}
              onClick={() =>
                run(`"${nameCase(each)}" stands alone again.`, () => sendCaseChange(each, { merged_into: null }))
              }
            >
              Take out
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
