import type { LucideIcon } from "lucide-react";
import type { ComponentProps } from "react";
import { visibleWords } from "../../shared/visible-text.ts";
import { ariaKey, withKey } from "../view/keys-in-force.ts";

type Tone = "plain" | "primary" | "danger" | "ghost";

const tones: Record<Tone, string> = {
  plain: "border-line-strong bg-surface text-ink hover:bg-hover",
  primary: "border-transparent bg-accent text-accent-ink hover:opacity-90",
  danger: "border-transparent bg-danger-solid text-white hover:opacity-90",
  ghost: "border-transparent text-ink-2 hover:bg-hover hover:text-ink",
};

interface ButtonProps extends ComponentProps<"button"> {
  readonly tone?: Tone;
  readonly icon?: LucideIcon;
  readonly size?: "small" | "normal";
}

// SECURITY: a name often holds what somebody else wrote; what turns text around in it would make it read as another one.

export function Button({
  tone = "plain",
  icon: Icon,
  size = "normal",
  className = "",
  children,
  "aria-label": name,
  ...rest
}: ButtonProps) {
  const height = size === "small" ? "h-6 px-2 text-xs" : "h-[30px] px-3 text-sm";
  return (
    <button
      type="button"
      {...rest}
      aria-label={name === undefined ? undefined : visibleWords(name)}
      className={`inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap transition-colors disabled:opacity-50 ${height} ${tones[tone]} ${className}`}
    >
      {Icon !== undefined && <Icon size={size === "small" ? 13 : 15} aria-hidden="true" />}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ComponentProps<"button">, "children"> {
  readonly icon: LucideIcon;
  /** What it does, for those who do not see the icon; also its tooltip. */
  readonly label: string;
  /** The key that does the same, which the tooltip tells. */
  readonly shortcut?: string | undefined;
}

export function IconButton({ icon: Icon, label, shortcut, className = "", ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-label={visibleWords(label)}
      aria-keyshortcuts={ariaKey(shortcut)}
      title={withKey(visibleWords(label), shortcut)}
      className={`inline-flex size-[30px] shrink-0 items-center justify-center rounded-md text-ink-2 transition-colors hover:bg-hover hover:text-ink disabled:opacity-50 ${className}`}
    >
      <Icon size={16} aria-hidden="true" />
    </button>
  );
}
