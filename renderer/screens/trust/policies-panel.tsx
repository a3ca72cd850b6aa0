import { useQuery } from "@tanstack/react-query";
import type { ToolPolicyView } from "../../../shared/agent-trust.ts";
import { effectWords } from "../../agent/task-words.ts";
import { toolPoliciesQuery } from "../../queries/trust.ts";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { policyWords } from "./policy-words.ts";

const head = "px-2 py-1.5 text-left text-xs font-medium text-ink-2";

function PolicyRow({ policy }: { policy: ToolPolicyView }) {
  const { asked, receivers, output } = policyWords(policy);
  return (
    <tr className="border-b border-line align-top last:border-0">
      <th scope="row" className="py-1.5 pr-2 pl-4 text-left font-mono text-xs font-normal break-words">
        <UntrustedText text={policy.tool} />
        {!policy.is_offered && <p className="font-sans text-ink-2">in plans by hand alone</p>}
      </th>
      <td className="px-2 py-1.5">{effectWords[policy.effect]}</td>
      <td className="px-2 py-1.5 tabular-nums">{policy.level}</td>
      <td className="px-2 py-1.5 break-words">
        <UntrustedText text={asked} />
      </td>
      <td className="px-2 py-1.5 break-words">
        <UntrustedText text={receivers} />
      </td>
      <td className="py-1.5 pr-4 pl-2 break-words">
        <UntrustedText text={output} />
      </td>
    </tr>
  );
}

/** What each tool of the agent may do: an operator's word, shown and not changed here. */
export function PoliciesPanel() {
  const query = useQuery(toolPoliciesQuery());
  return (
    <section aria-labelledby="tool-policies" className="card">
      <div className="border-b border-line px-4 py-2">
        <h2 id="tool-policies" className="text-sm font-semibold">
          What each tool may do
        </h2>
        <p className="text-xs text-ink-2">
          As the policy files say it, which an operator writes. A tool that none names is never called.
        </p>
      </div>
      {query.data === undefined ? (
        <PanelStatus query={query} what="the policies" />
      ) : (
        <>
          {query.data.problems.map(({ file, why }) => (
            <p key={file} role="note" className="bg-warn-soft px-4 py-2 text-sm text-warn">
              <UntrustedText text={file} /> cannot be used, and what it names is denied: <UntrustedText text={why} />
            </p>
          ))}
          <table aria-labelledby="tool-policies" className="w-full table-fixed text-sm [&_.untrusted]:font-sans">
            <thead>
              <tr className="border-b border-line">
                <th className={`${head} w-[180px] pl-4`}>Tool</th>
                <th className={`${head} w-[220px]`}>Effect</th>
                <th className={`${head} w-[60px]`}>Level</th>
                <th className={head}>Asked for</th>
                <th className={head}>Who learns its arguments</th>
                <th className={`${head} pr-4`}>What it gives</th>
              </tr>
            </thead>
            <tbody>
              {query.data.items.map((policy) => (
                <PolicyRow key={policy.tool} policy={policy} />
              ))}
            </tbody>
          </table>
        </>
      )}
    </section>
  );
}
