import { CircleHelp } from "lucide-react";
import type { ReactNode } from "react";
import type { QueryLanguage } from "../../shared/query-fields.ts";
import { Popover } from "./popover.tsx";

interface QueryHelpProps {
  readonly language: QueryLanguage;
  /** What text is looked for in. */
  readonly children: ReactNode;
  readonly onAdd: (example: string) => void;
}

/** What can be asked for, from the table that the language is read by. */
export function QueryHelp({ language, children, onAdd }: QueryHelpProps) {
  return (
    <Popover icon={CircleHelp} label="Fields" active={false}>
      {(close) => (
        <div className="w-[580px]">
          <p className="mb-2 text-xs text-ink-2">
            All terms must hold; <code className="font-mono">-</code> before one excludes it. Several values:{" "}
            <code className="font-mono">class:xss,xxe</code>. {children} <code className="font-mono">"In quotes"</code>{" "}
            it may have blanks.
          </p>
          <section aria-label="Fields of the query" tabIndex={0} className="max-h-[52vh] overflow-y-auto">
            <table className="w-full text-xs">
              <thead className="sticky top-0 bg-raised">
                <tr className="border-b border-line">
                  <th className="th py-1">Field</th>
                  <th className="th">Holds</th>
                  <th className="th">For example</th>
                </tr>
              </thead>
              <tbody>
                {language.fields.map(({ name, aliases, holds, example }) => (
                  <tr key={name} className="border-b border-line last:border-0">
                    <td className="py-1 pr-3 font-mono whitespace-nowrap">
                      <span className="font-semibold">{name}</span>
                      {aliases.length > 0 && <span className="text-ink-3"> {aliases.join(" ")}</span>}
                    </td>
                    <td className="pr-3 text-ink-2">{holds}</td>
                    <td className="whitespace-nowrap">
                      <button
                        type="button"
                        title="Add it to the query"
                        onClick={() => {
                          onAdd(example);
                          close();
                        }}
                        className="rounded px-1 font-mono text-accent hover:underline"
                      >
                        {example}
                      </button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </div>
      )}
    </Popover>
  );
}
