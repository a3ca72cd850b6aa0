import { X } from "lucide-react";
import type { ReactElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { Button, IconButton } from "./button.tsx";
import { Progress } from "./progress.tsx";

const name = "Remove \u202Eexe.txt";

test.each<{ what: string; element: ReactElement }>([
  { what: "a button with an icon", element: <IconButton icon={X} label={name} /> },
  { what: "a button with words", element: <Button aria-label={name}>Remove</Button> },
  { what: "a progress", element: <Progress label={name} done={1} total={2} /> },
])("the accessible name of $what shows what would turn it around", ({ element }) => {
  const page = renderToStaticMarkup(element);
  expect(page).toContain('aria-label="Remove [RLO]exe.txt"');
  expect(page).not.toContain("\u202E");
});
