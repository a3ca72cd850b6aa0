import Markdown, { type Components } from "react-markdown";
import { visibleWords } from "../../shared/visible-text.ts";

/**
 * SECURITY: notes quote what attackers wrote. A link shows where it would lead and leads nowhere, an image is never fetched, and
 * HTML stands there as the text that it is.
 */
const components: Components = {
  a: ({ href = "", children }) => (
    <>
      {children} <code title="Not a link: copy it if you need it">{href}</code>
    </>
  ),
  img: ({ src = "", alt = "" }) => (
    <code title="Images are not loaded">
      [image: {alt} {String(src)}]
    </code>
  ),
};

/** A note as its writer meant it. */
export function NoteText({ text }: { text: string }) {
  return (
    <div className="note-text">
      <Markdown components={components} urlTransform={(url) => url}>
        {visibleWords(text, true)}
      </Markdown>
    </div>
  );
}
