// biome-ignore-all lint/suspicious/noTemplateCurlyInString: people search for such text literally.

import type { Random } from "../../random.ts";
import { alphanumeric, anyWord, basics, createExpander, type Grammar, hex, letters } from "../grammar.ts";

/** Names, addresses and prose in many languages and scripts; what people type into forms and search boxes. */
const syllables: Record<string, readonly string[]> = {
  cyrillic:
    "по на ко ра то не ри ва ли но ста пре ен го ло ми ка де ло ве та сть ние мо ро се ди бо че ши жа ця ю щі ї".split(
      " ",
    ),
  greek: "κα το να τη με στ αν ερ ος ια ησ ων δε πο λο γι μα ρι θε φι χα ξε ψυ ώρ ές ία".split(" "),
  arabic: "ال من في مد رس كت با لم ها ني تر حا عل يو ست شر قا دو مر خي نا صو غر ثا ظه".split(" "),
  hebrew: "של את לא על הי מה אנ כי בי ית ור שמ דב תו מי חד פר קו גד נע".split(" "),
  devanagari: "का है और में की को से पर एक यह था हो ना कर ने तो भी जा रा लि म प्र शि".split(" "),
  thai: "กา ที่ และ ใน มา ไป คน ดี ให้ เป็น ของ ว่า นี้ ได้ จะ ไม่ มี ครับ".split(" "),
  hangul: "가 나 다 라 마 바 사 이 는 을 에 서 고 하 지 도 한 인 로 요 습 니 안 녕 세 감".split(" "),
  kana: "あ い う の に は を た が で て と し れ さ る も な す ま こ ん カ ー ド ス ト ラ イ".split(" "),
  han: "的 一 是 在 不 了 有 和 人 这 中 大 为 上 个 国 我 以 要 他 时 来 用 们 生 到 作 地 于 出 就 分 对 成 会 可 主 发 年 动".split(
    " ",
  ),
  latin: "á é í ó ú ñ ü ö ä ß ç ê à è ø å æ ł ś ż ě š č ř ž ý ő ű ğ ş ı ț ă ã õ".split(" "),
};
const scripts = Object.keys(syllables);
const unspaced = new Set(["thai", "han", "kana"]);

export function foreignText(random: Random, words: number): string {
  const script = random.pick(scripts);
  const parts = syllables[script]!;
  const out: string[] = [];
  for (let i = 0; i < words; i++) {
    let word = "";
    for (let k = random.between(1, 4); k > 0; k--) {
      word +=
        script === "latin"
          ? letters(random, random.between(1, 3)) + (random.chance(0.5) ? random.pick(parts) : "")
          : random.pick(parts);
    }
    out.push(word);
  }
  return out.join(unspaced.has(script) ? "" : " ") + random.pick(["", "", ".", "!", "?", "。", "，", ":"]);
}

const lists = {
  first:
    "Ana Luis María José Carlos Lucía Pierre Hélène François Zoë Jürgen Günther Käthe Søren Åse Björn Łukasz Małgorzata Jiří Šárka István Erzsébet Ioana Ștefan Ayşe Çağlar Nguyễn Trần Siobhán O'Brien Fatima Mohammed Aisha Kwame Chidi Priya Rahul Mei Wei Hiroshi Yuki Ji-woo Olga Dmitri Giorgos John Mary James Emma Noah Olivia Liam Sean D'Angelo Anne-Marie Jean-Luc Mary-Kate",
  last: "García Fernández O'Neill O'Connor D'Souza McDonald MacLeod Müller Schröder von\u00a0Trapp de\u00a0la\u00a0Cruz van\u00a0der\u00a0Berg Dubois L'Écuyer Rossi D'Amico Novák Kowalski Nowak Horváth Popescu Yılmaz Nguyen Smith Jones Williams Brown N'Diaye Al-Farsi bin\u00a0Salman Kim Park Tanaka Suzuki Wang Li Singh Patel Ivanov Petrova Papadopoulos Andersson Hansen Virtanen",
  street:
    "Main\u00a0St. High\u00a0Street Rue\u00a0de\u00a0l'Église Calle\u00a0Mayor Av.\u00a0d'Itàlia Königstraße Am\u00a0Markt Via\u00a0dell'Orso Plaza\u00a0España Passeig\u00a0de\u00a0Gràcia C/\u00a0Aragó Kungsgatan Ulica\u00a0Długa Nádor\u00a0utca King's\u00a0Road St.\u00a0John's\u00a0Wood Park\u00a0Ave Rua\u00a0Augusta Chemin\u00a0d'en\u00a0Haut",
  city: "Madrid Barcelona L'Hospitalet Paris Lyon Köln München Zürich Wien Praha Brno Kraków Łódź Warszawa Göteborg København Århus Oslo Tromsø Helsinki Reykjavík London Coeur\u00a0d'Alene Martha's\u00a0Vineyard São\u00a0Paulo Bogotá Lima Toronto Montréal İstanbul Athens Cairo Nairobi Mumbai Tokyo Seoul",
  country:
    "US GB DE FR ES IT PT NL BE SE NO DK FI PL CZ HU RO TR GR RU UA BR MX AR CL CO CA AU NZ JP KR CN IN ZA Spain Deutschland France United\u00a0Kingdom Côte\u00a0d'Ivoire",
};
const list = (name: keyof typeof lists) => lists[name].split(" ").map((word) => word.replaceAll("\u00a0", " "));
const names = {
  first: list("first"),
  last: list("last"),
  street: list("street"),
  city: list("city"),
  country: list("country"),
};

const grammar: Grammar = {
  ...basics,
  first: names.first,
  last: names.last,
  street: names.street,
  city: names.city,
  country: names.country,
  foreign: (r) => foreignText(r, r.between(1, 8)),
  foreignLong: (r) => foreignText(r, r.between(8, 40)),
  W: (r) => {
    const word = anyWord(r);
    return word[0]!.toUpperCase() + word.slice(1);
  },
  price: (r) => `${r.between(0, 999)}.${r.between(10, 99)}`,
  date: (r) => `${r.between(1950, 2030)}-${pad(r.between(1, 12))}-${pad(r.between(1, 28))}`,
  clock: (r) => `${pad(r.below(24))}:${pad(r.below(60))}`,
  phone: (r) =>
    r.pick([
      `+${r.between(1, 99)} ${r.between(100, 999)} ${r.between(100, 999)} ${r.between(100, 999)}`,
      `(${r.between(200, 999)}) ${r.between(100, 999)}-${r.between(1000, 9999)}`,
      `0${r.between(10, 99)}/${r.between(100000, 999999)}`,
      `${r.between(600000000, 699999999)}`,
      `+${r.between(1, 99)}-${r.between(10, 99)}-${r.between(1000000, 9999999)}`,
    ]),
  person:
    "‹first› ‹last›\n‹first› ‹last›\n‹last›, ‹first›\n‹first› ‹letter›. ‹last›\n‹first›\n‹last›\nDr. ‹first› ‹last›\n‹first› ‹last› (‹W›)\n‹foreign›\n‹first› & ‹first› ‹last›\n‹first› \"‹W›\" ‹last›\n‹first› '‹W›' ‹last›\n‹last› Jr.\nMr. & Mrs. ‹last›",
  address:
    "‹nn› ‹street›\n‹street› ‹nn›\n‹street›, ‹nn›\n‹street› ‹nn›, ‹n›º ‹letter›\n‹street› ‹nn›; ‹nnnn› ‹city›\n‹nnnn› ‹city›\n‹city›\n‹city›, ‹country›\n‹nn›/‹n› ‹street›\nApt. #‹n›, ‹nn› ‹street›\nP.O. Box ‹nnn›\nc/o ‹last›, ‹street› ‹nn›\n‹nn›-‹nn› ‹street› (rear)\n‹street› ‹nn› esc. ‹letter›",
  email:
    '‹word›.‹word›@‹word›.com\n‹word›‹nn›@‹word›.org\n‹word›+‹word›@gmail.com\n"‹first› ‹last›" <‹word›@‹word›.net>\n‹word›_‹word›@mail.‹word›.co.uk\no\'‹word›@‹word›.ie\n‹word›-‹n›@‹xx›.‹country›',
  money: "‹price›\n$‹price›\n‹price› €\n-‹price›\n1,‹nnn›.‹nn›\n1.‹nnn›,‹nn›\n‹price› USD\n‹nn›%",
  short:
    "‹word›\n‹word›\n‹word› ‹word›\n‹W›\n‹nn›\n‹nnnn›\n‹n›\ntrue\nfalse\nnull\non\noff\nyes\nno\n-\n‹word›-‹word›\n‹word›_‹word›\n‹word›‹nn›\n‹W› ‹W›\nasc\ndesc\n‹date›\n‹date›T‹clock›:00Z\n‹clock›\n‹nn›px\n#‹hex›\n‹n›.‹n›.‹n›\nv‹n›.‹nn›.‹n›\nen-US\nde_DE\nUTF-8\nid\nwhoami\nping\nselect\nnull\nundefined\nNaN\n[]\n{}\n*\n...\nN/A\nn/a\n--\n?\n!\nC#\nC++\nR&D\nAT&T\nQ&A\nAC/DC\n24/7\n50%\n1/2\n3:2\n‹n›+\n>‹n›\n<‹nn›\n=‹n›",
  search:
    '‹word›\n‹word› ‹word›\n‹word› ‹word› ‹word›\nhow to ‹word› ‹word›\nbest ‹word› in ‹city›\n"‹word› ‹word›"\n‹word› -‹word›\n‹word› OR ‹word›\n‹word› AND ‹word›\n‹word› AND (‹word› OR ‹word›)\n‹word› site:‹word›.com\n‹word› & ‹word›\n‹word›\'s ‹word›\n‹word› > ‹nn›\n‹word› vs ‹word›\n‹word›?\nwhat\'s the ‹word› of ‹word›?\ncheap ‹word› under $‹nn›\n‹nn›" ‹word›\n6\' ‹n›" ‹word›\n‹word›*\n‹word› + ‹word›\nrock \'n\' roll\n‹first›\'s ‹word›\ntitle:‹word› AND author:"‹last›"\nprice:[‹nn› TO ‹nnn›]\n‹word›:‹word› tag:"‹word›"\n(‹word› | ‹word›) -‹word›\n‹word›~‹n›\nis:open label:‹word› author:‹word›\n‹foreign›\nfrom:‹word› before:‹date›\nselect ‹word› from list\nunion ‹word›\ndrop ‹word›\ncat ‹word›\norder by phone\n‹word› script\nwhere to ‹word›\n‹word› table ‹word›\n#‹word›\n@‹word›\n‹word› (‹nnnn›)\n‹word›; ‹word›',
  technicalSearch: [
    "ls -la",
    "document.cookie in javascript",
    "1=1",
    "‹n› + ‹n›",
    "‹word›.__class__",
    "file:///home/‹word›/‹word›.txt",
    "‹word›.innerHTML",
    "git log --oneline",
    "rm -rf node_modules",
    "$PATH",
    "SELECT * FROM ‹word›",
    "ORDER BY ‹word›",
    "what does ' or ' mean",
    "<‹word›>",
    "&lt;",
    "‹word›()",
    "onclick ‹word›",
    "<script> tag",
    "../‹word›",
    "/etc/‹word›",
    "{{‹word›}}",
    "${‹word›}",
    "‹word›; ‹word›",
    "cat ‹word›.txt",
    "whoami command",
    "alert box",
    "javascript ‹word›",
    "eval in python",
    "‹word› || ‹word›",
    "‹word› && ‹word›",
    "a | b",
    "‹word› | ‹word›",
    "x'",
    "5'‹n›\"",
    "%‹word›%",
    "C:\\‹word›",
    "--‹word›",
    "# ‹word›",
    "‹word› union ‹word›",
    "drop table ‹word›",
    "http://localhost:‹nnnn›/‹word›",
    "grep ‹word› ‹word›",
    "‹word›=‹word›",
    "def ‹word›(",
    "<a href",
    "x > ‹n› and y < ‹n›",
    "curl ‹word›.com",
  ],
  keyword:
    "select union where order having insert update delete drop table from sleep waitfor benchmark and or not like null exec cast char script alert onerror onclick javascript document cookie iframe svg img style eval system cat ls id ping curl wget whoami uname bash sh passwd etc root admin config env shell include require import template filter group class object function return true false if else while for echo print grep find rm kill chmod sudo ssh nc php python perl node sql html xml json url path file host user password token session".split(
      " ",
    ),
  fragment: [
    "‹keyword› ‹word›",
    "‹word› ‹keyword›",
    "‹keyword› ‹keyword›",
    "‹keyword› or ‹keyword›",
    "‹keyword› and ‹keyword›",
    "‹keyword› vs ‹keyword›",
    "‹keyword›() in ‹keyword›",
    "‹keyword›: ‹word›s",
    "‹keyword› of the ‹word›",
    "what is ‹keyword› ‹word›",
    "‹keyword›.‹keyword›",
    "‹keyword›()",
    "‹word›.‹keyword›(‹word›)",
    "‹word›.‹word›(\"‹word›\").‹word›('‹word›')",
    "<‹keyword›>",
    "&lt;‹word›",
    "‹word›' ‹word›",
    "‹word›'s ‹keyword›",
    "‹word›s' ‹word›",
    "'‹word›'",
    '"‹keyword›"',
    "`‹word›`",
    "‹nn› %",
    "‹nn›% ‹word›",
    "‹n› = ‹n›",
    "‹word› = ‹n›",
    "‹n›=‹n›",
    "‹letter› == ‹n› or ‹letter› == '‹word›'",
    "{{‹keyword›}}",
    "{{ ‹word› }}",
    "${‹keyword›}",
    "$‹word›",
    "%‹keyword›%",
    "@‹keyword›",
    "#‹keyword›",
    ":‹word›",
    "--‹word›",
    "-‹letter› ‹word›",
    "/‹keyword›",
    "/‹keyword›/",
    "./‹word›",
    "../",
    "~/‹word›",
    "//‹word›",
    "''",
    '""',
    "'",
    "--",
    "---",
    "->",
    "=>",
    "<>",
    "< ‹n›",
    "> ‹nn›",
    "&",
    "&&",
    "||",
    "|",
    ";",
    "*",
    "%",
    "()",
    "{}",
    "[]",
    "...",
    "//",
    "/*",
    "#",
    "`",
    "\\",
    "%20",
    "&amp;",
    "<‹word›> ‹keyword› ‹word›",
    "how to ‹keyword› a ‹word›",
    "‹keyword› ‹word› ‹keyword› ‹word›",
  ],
  parameter:
    "‹word›\n‹keyword›\n@‹word›\n@‹keyword›\n$‹word›\n‹word›[]\n‹word›[‹word›]\n‹keyword›[‹n›][‹word›]\n‹word›.‹word›\n_‹word›\n__‹W›\n:‹word›\n‹word›:‹word›\n‹word›-‹word›\n‹word›_‹keyword›\n‹word›‹n›\n(‹word›)\n‹word›/‹word›\nfilter[‹word›][$‹letter›‹letter›]",
  sentence:
    "The ‹word› ‹word› was ‹word› and I can't find the ‹word›.\nPlease ‹word› the ‹word› before ‹date›, thanks!\nI'd like to order ‹n› ‹word›s (size ‹n›) & a ‹word›.\n‹W› ‹word› ‹word› ‹word› ‹word›, ‹word› ‹word›.\nIt's ‹word›; don't ‹word› it -- we'll see.\nCan you ‹word› my ‹word›? My number is ‹phone›.\nWe've got ‹nn› ‹word›s, or ‹nn› if you count ‹word›s.\n‹W› or ‹word›? That's the ‹word›...\nHe said: \"‹word› the ‹word›\" and left.\nOrder #‹nnnn› was shipped to ‹street› ‹nn›, ‹city›.\nSee https://www.‹word›.com/‹word›/‹word›?‹word›=‹n›&‹word›=‹word› for ‹word›.\n5 > 3 and 2 < 4, so ‹word› = ‹nn›%.\nSelect the ‹word› from the list and ‹word› it into the ‹word›.\nDrop the ‹word› on the table, then update your ‹word›.\nUnion members and staff select a ‹word› from ‹W›.\nThe cat sat; ls is a command, id too.\n‹first› ‹last› wrote: ‹word› ‹word› (see ‹word›).\n- ‹word› ‹word›␤- ‹word›␤- ‹word›\n1) ‹word› 2) ‹word› 3) ‹word›\n*‹word›* _‹word›_ ~~‹word›~~\n:) ‹word› ;-) <3 :/ >:(\n‹word› = ‹word› + ‹nn› / ‹n› - (‹n› * ‹n›)\nL'‹word› d'‹word› n'est pas qu'un ‹word›.\nQu'est-ce que c'est? C'est l'‹word›!\nDon't you think it's O'‹W›'s ‹word›?\nthe '90s ‹word› and rock 'n' roll\n‹foreignLong›\n‹foreignLong›\nMy ‹word› is 5'11\" and ‹nnn› lbs\nTo: ‹email›, Cc: ‹email›␤Subject: ‹word› ‹word›␤␤Hi ‹first›,␤‹word› ‹word›.␤␤Regards,␤‹first›\nI want to delete from my cart where the ‹word› is.\nJust insert into the ‹word› & wait 10 seconds.\nThe script alert told me to ‹word› the document.\nUse the ‹word› tag <‹word›> for ‹word›.\nThe price is $‹nn› (or €‹nn›) - 20% off!",
  prose: (r) =>
    Array.from({ length: r.between(1, 6) }, () => words.expand(r, "sentence")).join(
      r.pick([" ", " ", "\n", "\n\n", "  "]),
    ),
  password: (r) => {
    const set = r.pick([
      "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789!@#$%^&*",
      "abcdefghijklmnopqrstuvwxyz0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
      "abcXYZ012!?#$%&*+-=@^_~|;:.,<>()[]{}'\"/\\",
    ]);
    let text = "";
    for (let i = r.between(8, 24); i > 0; i--) text += set[r.below(set.length)];
    return r.pick([
      text,
      text,
      `${anyWord(r)}${r.between(1, 2030)}${r.pick(["!", "#", "$", "@", "!!", "*", "?"])}`,
      `${anyWord(r)}-${anyWord(r)}-${anyWord(r)}`,
      `${anyWord(r)}'${alphanumeric(r, 4)}"`,
      `P@ss;${anyWord(r)}|${r.below(99)}`,
      `$${alphanumeric(r, 6)}&${alphanumeric(r, 3)}`,
    ]);
  },
  identifier: (r) =>
    r.pick([
      uuid(r),
      uuid(r),
      hex(r, 32),
      hex(r, 40),
      hex(r, 64),
      alphanumeric(r, r.between(8, 44)),
      alphanumeric(r, 22) + r.pick(["", "=", "=="]),
      `${alphanumeric(r, 6)}-${alphanumeric(r, 6)}`,
      `${r.between(1, 9)}${r.between(100000000, 999999999)}`,
      hex(r, 16).toUpperCase(),
      `ES${r.between(10, 99)} ${r.between(1000, 9999)} ${r.between(1000, 9999)}`,
      `${letters(r, 3).toUpperCase()}-${r.between(1000, 99999)}`,
      `978-${r.between(0, 9)}-${r.between(10, 99)}-${r.between(100000, 999999)}-${r.below(10)}`,
      `${letters(r, 2)}_${alphanumeric(r, 24)}`,
    ]),
};

function pad(n: number): string {
  return String(n).padStart(2, "0");
}

export function uuid(r: Random): string {
  return `${hex(r, 8)}-${hex(r, 4)}-4${hex(r, 3)}-${r.pick(["8", "9", "a", "b"])}${hex(r, 3)}-${hex(r, 12)}`;
}

export const words = createExpander(grammar);
export const wordGrammar = grammar;
