import type { Random } from "../random.ts";

/**
 * A grammar: for each name its alternatives, one a line (a line may be repeated to weigh more), or a function. Inside a line
 * `‹name›` stands for an expansion of that name and `‹a|b|c›` for one of the words; `␤` is a line feed and `␣` a blank at an edge.
 */
export type Grammar = Record<string, string | readonly string[] | ((random: Random) => string)>;

export interface Expander {
  /** A random sentence of the rule. */
  expand(random: Random, rule: string): string;
  /** Expands the slots of a text. */
  fill(random: Random, text: string): string;
}

const deepest = 12;

export function createExpander(grammar: Grammar): Expander {
  const rules = new Map<string, readonly string[] | ((random: Random) => string)>();
  for (const [name, rule] of Object.entries(grammar)) {
    rules.set(name, typeof rule === "string" ? rule.split("\n").filter((line) => line !== "") : rule);
  }
  function fill(random: Random, text: string, depth: number): string {
    let out = "";
    let at = 0;
    for (;;) {
      const open = text.indexOf("‹", at);
      if (open < 0) break;
      const close = text.indexOf("›", open);
      if (close < 0) throw new Error(`slot is not closed in: ${text}`);
      const slot = text.slice(open + 1, close);
      out += text.slice(at, open);
      out += slot.includes("|") ? random.pick(slot.split("|")) : expand(random, slot, depth + 1);
      at = close + 1;
    }
    return (out + text.slice(at)).replaceAll("␤", "\n").replaceAll("␣", " ");
  }
  function expand(random: Random, rule: string, depth: number): string {
    const alternatives = rules.get(rule);
    if (alternatives === undefined) throw new Error(`the grammar has no rule ${rule}`);
    if (typeof alternatives === "function") return alternatives(random);
    if (depth > deepest) throw new Error(`the grammar recurses too deeply at ${rule}`);
    return fill(random, random.pick(alternatives), depth);
  }
  return {
    expand: (random, rule) => expand(random, rule, 0),
    fill: (random, text) => fill(random, text, 0),
  };
}

/** Random letters, digits and the like, shared by all grammars. */
export const basics: Grammar = {
  n: (r) => String(r.between(0, 9)),
  nn: (r) => String(r.between(10, 99)),
  nnn: (r) => String(r.between(100, 999)),
  nnnn: (r) => String(r.between(1000, 99999)),
  letter: (r) => String.fromCharCode(97 + r.below(26)),
  word: (r) => anyWord(r),
  xx: (r) => letters(r, r.between(1, 4)),
  hex: (r) => hex(r, r.between(2, 12)),
  ip: (r) => `${r.between(1, 223)}.${r.below(256)}.${r.below(256)}.${r.between(1, 254)}`,
};

const commonWords =
  "account action active address admin agent album answer archive area article asset author bag bank base basic beach bike bill black blog blue board body book box brand bread bridge budget build bus button cable call camera camp car card cart case cash cat category center chair chat check city class client clock cloud club code coffee color comment company contact content copy corner cost course cover credit customer daily data date day deal default demo design desk detail device dinner doctor dog door draft dress drive east edit email energy engine event example export family farm fast field file film filter final fire fish flower folder food form forum frame free friend front fruit full game garden general gift girl glass gold good green group guest guide hand health heart help history holiday home hotel house image index info item job july keys kids kitchen label lake language last leaf level library light limit line link list local login london lunch machine mail main manager map market master media member menu message mobile model money month moon mountain movie music name network news night north note number object office online open option orange order owner page paper paris park party password path payment people person phone photo picture piece pizza place plan plant play plus point policy post power price print private product profile program project public queen question quick radio rain rate reader record red region register report result review river road rock room root rose sale sample school science score screen search season secret section secure service session shape shirt shoes shop sign simple site size small snow social sort source south space special sport spring staff stage star start state station status stock store story street studio style summer sun support system table team test text theme ticket time title token tool topic tour town track trade train travel tree trip user value version video view village visit voice wall water wave weather week west white wind window winter wood work world year yellow young zone".split(
    " ",
  );
const onsets = "b c d f g h j k l m n p r s t v w z br ch cl cr dr fl fr gr pl pr sh sl sp st th tr".split(" ");
const nuclei = "a e i o u a e i o ai ea ee ie oo ou".split(" ");
const codas = " , , ,n,r,s,t,l,m,d,nd,nt,st,ck,ng".split(",");

/** A word as one meets it: mostly a real one, sometimes one that could be, seldom letters at random. */
export function anyWord(random: Random): string {
  const kind = random.next();
  if (kind < 0.6) return random.pick(commonWords);
  if (kind > 0.9) return letters(random, random.between(3, 8));
  let text = "";
  for (let i = random.between(1, 3); i > 0; i--) {
    text += random.pick(onsets) + random.pick(nuclei) + random.pick(codas).trim();
  }
  return text;
}

export function letters(random: Random, length: number): string {
  let text = "";
  for (let i = 0; i < length; i++) text += String.fromCharCode(97 + random.below(26));
  return text;
}

export function hex(random: Random, length: number): string {
  let text = "";
  for (let i = 0; i < length; i++) text += random.below(16).toString(16);
  return text;
}

export function alphanumeric(random: Random, length: number): string {
  const set = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  let text = "";
  for (let i = 0; i < length; i++) text += set[random.below(set.length)];
  return text;
}
