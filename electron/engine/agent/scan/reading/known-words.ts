/**
 * Words by which a text shows, once it is put right again, that it was meant to be read: the commonest English ones, and those
 * that instructions to a model are made of.
 */
export const knownWords: ReadonlySet<string> = new Set(
  (
    "the and you your are for with this that all any from have has not but can will now then when what who how why where which is it to of in on " +
    "as at be by do if me my no or so up us we out new old one two use see say get let may must shall should would please only also more most very " +
    "here there their them they his her him she our its into over under after before about above below again always never just like each every " +
    "other some such than these those following next last first previous prior earlier preceding former initial original instead " +
    "ignore disregard forget override bypass skip neglect discard abandon drop cancel erase delete remove overlook " +
    "instruction instructions rule rules prompt prompts guideline guidelines directive directives command commands order orders constraint " +
    "constraints restriction restrictions policy policies safety filter filters limits limitations message messages context conversation " +
    "system developer admin administrator root user assistant model agent chatbot bot secret secrets hidden internal confidential " +
    "reveal show print repeat output display tell give disclose leak expose dump share write list send forward post upload email mail transmit " +
    "exfiltrate fetch open visit click run execute call invoke tool tools function shell curl password passwords key keys token tokens credentials " +
    "credential api data file files database customer account bank transfer money payment approve approved grant access disable enable mode " +
    "pretend act role play become behave imagine simulate unrestricted unfiltered uncensored jailbreak jailbroken dan evil respond reply answer " +
    "say begin start stop continue follow obey comply complete task goal mission request actual real true important urgent attention note " +
    "mention inform anyone anything everything nothing without ask asking told tells being been was were did does doing done make made word words " +
    "text email address website page document report summary summarize translate ai language everything"
  ).split(" "),
);

const longest = Math.max(...[...knownWords].map((word) => word.length));

/** Length of the longest known word of three letters or more that stands at `at`; 0: none does. Shorter ones only between others. */
export function longestKnown(text: string, at: number): number {
  for (let length = Math.min(longest, text.length - at); length >= 2; length--) {
    if (knownWords.has(text.slice(at, at + length))) return length;
  }
  return 0;
}
