import { settingRoles } from "../../../shared/setting-roles.ts";
import { useMay } from "../../queries/network.ts";
import { humanise } from "../../view/format.ts";
import type { Field } from "./fields.ts";

const optionWords: Readonly<Record<string, string>> = {
  ...{ utc: "UTC", local: "Local time" },
  ...{ "0.01": "1 %", "0.02": "2 %", "0.05": "5 %", "0.1": "10 %", "0.2": "20 %" },
};

const changedBy = { approver: "Approvers change it.", admin: "Admins change it." };

interface FieldRowProps {
  readonly field: Field;
  readonly text: string;
  readonly problem: string | null;
  readonly changed: boolean;
  /** What the field was set to elsewhere since it was edited here; null: nothing happened. */
  readonly elsewhere: string | null;
  readonly onChange: (text: string) => void;
}

interface FieldInputProps extends Omit<FieldRowProps, "changed" | "elsewhere"> {
  readonly isDisabled: boolean;
}

function FieldInput({ field, text, problem, isDisabled, onChange }: FieldInputProps) {
  const common = {
    id: `setting-${field.name}`,
    disabled: isDisabled,
    "aria-describedby": problem === null ? `meaning-${field.name}` : `meaning-${field.name} problem-${field.name}`,
    "aria-invalid": problem !== null,
  };
  switch (field.kind) {
    case "number":
      return (
        <input
          {...common}
          type="number"
          step={field.step}
          {...(field.min === null ? {} : { min: field.min })}
          {...(field.max === null ? {} : { max: field.max })}
          className="input w-[120px]"
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "choice":
      return (
        <select {...common} className="input w-[180px]" value={text} onChange={(event) => onChange(event.target.value)}>
          {field.options.map((option) => (
            <option key={option} value={option}>
              {optionWords[option] ?? humanise(option)}
            </option>
          ))}
        </select>
      );
    case "time":
      return (
        <input
          {...common}
          type="time"
          className="input w-[120px]"
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "text":
      return (
        <input
          {...common}
          type="text"
          spellCheck={false}
          className="input w-full font-mono !text-xs"
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    default:
      return (
        <textarea
          {...common}
          rows={4}
          spellCheck={false}
          className="input w-full resize-y"
          placeholder="One a line"
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      );
  }
}

/** One setting: its meaning beside its field, which takes nothing from who may not change it. */
export function FieldRow({ field, text, problem, changed, elsewhere, onChange }: FieldRowProps) {
  const mayChange = useMay({ role: settingRoles[field.name] });
  return (
    <div className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)] gap-6 border-b border-line px-5 py-2.5 last:border-0">
      <div>
        <label htmlFor={`setting-${field.name}`} className="font-medium">
          {field.label}
          {changed && <span className="ml-2 text-xs font-normal text-accent">changed</span>}
        </label>
        <p id={`meaning-${field.name}`} className="text-xs text-ink-2">
          {field.meaning}
          {field.kind === "number" && field.min !== null && field.max !== null && ` (${field.min} to ${field.max})`}
          {field.by !== null && `. ${changedBy[field.by]}`}
        </p>
        {elsewhere !== null && (
          <p role="status" className="text-xs font-medium text-warn">
            Changed elsewhere meanwhile: now {elsewhere === "" ? "empty" : elsewhere}
          </p>
        )}
      </div>
      <div className={["number", "choice", "time"].includes(field.kind) ? "flex items-center gap-3" : ""}>
        <FieldInput field={field} text={text} problem={problem} isDisabled={!mayChange} onChange={onChange} />
        {problem !== null && (
          <p id={`problem-${field.name}`} className="text-xs text-danger">
            {problem}
          </p>
        )}
      </div>
    </div>
  );
}
