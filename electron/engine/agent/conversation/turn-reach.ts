import { anyOf, near } from "./any-of.ts";

/** How much a turn asks for: 0 nothing, 1 to look, 2 to collect or draft, 3 to change or send something, 4 what serves an attacker. */
export type Reach = 0 | 1 | 2 | 3 | 4;

const take =
  "(?:dump|extract|exfiltrat|steal|grab|harvest|reveal|disclose|leak|print out|print|hand over|copy|collect|fetch|read out|read|send|mail|upload|forward|post|show me|give me|extrahier|stiehl|kopier|sammel|sammle|schick|sende|lies|verrat|gib|envoie|extrai|donne|copie|envía|envia|extrae|copia|dame|invia)";
export const secret =
  "(?:passw[oö]r[dt]|passphrase|credential|api[- ]?(?:key|schlüssel|token)|private key|signing key|master key|master[- ]?schlüssel|secret key|secrets\\b|access token|session cookie|service account|keychain|/etc/shadow|/etc/passwd|\\.ssh|id_rsa|\\.env\\b|zugangsdaten|kennw[oö]rt|mots? de passe|identifiants|contraseña|credenciales|clave privada|chiavi|credenziali)";
export const send =
  "(?:send|mail|e-mail|email|upload|post|forward|push|export|copy|transmit|sync|ship|beam|drop|deliver|schick|sende|lad|leite|übertrag|kopier|exportier|envoie|transfère|exporte|envía|envia|sube|reenvía|exporta|invia|carica)\\w*";
export const bulk =
  "(?:database|datenbank|customer|kunden|case files|all (?:of )?(?:the |our |my )?(?:cases|alerts|evidence|files|records|data|notes|sessions|memory|memories|users?)|every(?:thing)?\\b|whole|entire|user list|accounts?|memory|evidence|alle (?:fälle|alarme|daten|beweise|dateien|akten|nutzer)|alles\\b|gesamte|toute? la base|tous les|base de datos|todos? los|clientes|tutti i)";
const outside =
  "(?:gmail|proton|gmx|outlook\\.com|hotmail|dropbox|pastebin|paste site|ngrok|webhook|telegram|discord|mega\\.nz|transfer\\.sh|bucket|https?://|ftp\\b|my (?:own|private|personal|home)|meine? (?:private|eigene|persönliche)|privatadresse|external (?:server|host|address|drive)|extern\\w* (?:server|adresse)|outside|mon (?:serveur|adresse)|mi (?:servidor|correo)|adresse privée|personal (?:address|account|mailbox|server))";
const erase =
  "(?:delete|wipe|erase|clear|purge|shred|scrub|truncate|destroy|get rid of|remove|lösch|entfern|vernicht|tilg|bereinig|efface|supprime|vide|borra|elimina|destruye|cancella)";
const traces =
  "(?:audit|logs?\\b|log ?files?|log entries|event log|journal|trail|traces|tracks|backups?\\b|evidence|protokoll|spuren|beweis|sicherung|journaux|traces|preuves|registros|rastro|huellas|evidencia|tracce)";
const blind =
  "(?:disable|turn off|switch off|shut off|deactivate|stop|suspend|kill|silence|pause|deaktivier|abschalt|ausschalt|schalt|stopp|désactive|coupe|arrête|desactiva|apaga|disattiva)";
const watch =
  "(?:audit|logging|log ?forwarding|detection|detector|monitoring|telemetry|recording|protokollierung|überwachung|erkennung|aufzeichnung|journalisation|surveillance|détection|registro|monitoreo|supervisión|auditor)";
const grant =
  "(?:create|add|make|give|grant|assign|promote|set up|erstell|leg|gib|verleih|crée|donne|ajoute|crea|otorga|añade)\\w*";
const power =
  "(?:admin(?:istrator)?[- ]?(?:account|user|rights?|role|access|privilege|konto|rechte|zugang|benutzer|login)|root (?:access|account|user|rights)|super-?user|full access|unrestricted access|backdoor|vollzugriff|hintertür|accès administrateur|droits d'admin|cuenta de admin|permisos de admin|puerta trasera)";
const run =
  "(?:run|execute|launch|fire|deploy|detonate|start|use it|aim it|turn it|führ|starte|setz|richte|lance|exécute|ejecuta|lanza)";
const weapon = "(?:reverse shell|exploit|ransomware|malware|keylogger|rm -rf|payload|attack|worm|it|angriff|schadcode)";
const victim =
  "(?:(?:in|on|against|at|gegen|auf) (?:the |our |their |a |die |das |den |einen |unser\\w* )?(?:real|live|prod\\b|production|customer|client|competitor|echte?n?|produktiv|kunden|produktion)|contre (?:la|le) (?:prod|client)|contra (?:la )?producción)";
const hidden =
  "(?:undetect|unnoticed|without (?:being |getting )?(?:detected|noticed|seen|logged)|nobody (?:notices|sees)|no one (?:notices|sees)|invisible to|unentdeckt|unbemerkt|ohne dass (?:es )?(?:jemand|niemand)|nicht erkannt|sans (?:être|se faire) (?:détect|remarqu)|sin (?:ser|que) (?:detect|nadie))";

const grave = [
  `${take}${near}${secret}`,
  `${send}${near}${bulk}${near}${outside}`,
  `${erase}\\w*${near}${traces}`,
  `(?:lösche?|entferne?)${near}${traces}`,
  `${blind}\\w*${near}${watch}`,
  `${grant}${near}${power}`,
  `${run}\\w*${near}${weapon}${near}${victim}`,
  `(?:make|change|rewrite|adapt|send|copy|move|do|run|install|keep|mach|ändere|schick|kopier|fais|haz)\\w*${near}${hidden}`,
].map((one) => anyOf(one));
/** Who says so speaks of what others did, of trials, or of what is kept too long. */
export const innocent =
  /(?<!\p{L})(?:attacker|angreifer|attaquant|atacante|attaccante|sandbox|simulat|simulier|replay|sample|demo|test ?(?:data|host|system|case|evidence|import)|duplicate|duplikat|doublon|retention|aufbewahrung|false positive|honeypot|rotate|reset|would|könnte|hätte|did (?:he|she|they|it)|was (?:there|it)|were|whether|if (?:he|she|they|somebody|anyone)|ob\b)/u;

const patterns = {
  looks: anyOf(
    "show",
    "list",
    "explain",
    "summari",
    "what",
    "which",
    "how",
    "why",
    "who",
    "find",
    "search",
    "describe",
    "tell",
    "count",
    "compare",
    "zeig",
    "liste",
    "erklär",
    "fass",
    "was\\b",
    "welche",
    "wie\\b",
    "warum",
    "wer\\b",
    "such",
    "beschreib",
    "vergleich",
    "montre",
    "explique",
    "résume",
    "quel",
    "comment",
    "cherche",
    "muestra",
    "explica",
    "resume",
    "qué",
    "cuál",
    "cómo",
    "busca",
    "mostra",
    "spiega",
  ),
  drafts: anyOf(
    "draft",
    "write",
    "export",
    "collect",
    "gather",
    "save",
    "note",
    "prepare",
    "compose",
    "generate",
    "put together",
    "make a (?:list|table|file)",
    "store",
    "entwirf",
    "schreib",
    "exportier",
    "sammel",
    "sammle",
    "speicher",
    "notier",
    "bereite",
    "erstell",
    "rédige",
    "écris",
    "prépare",
    "exporte",
    "redacta",
    "escribe",
    "prepara",
    "guarda",
    "scrivi",
  ),
  acts: anyOf(
    "send",
    "mail it",
    "e-?mail",
    "post\\b",
    "upload",
    "forward",
    "push",
    "deploy",
    "apply",
    "block\\b",
    "run\\b",
    "execute",
    "install",
    "change",
    "modify",
    "publish",
    "transfer",
    "overwrite",
    "schick",
    "sende",
    "leite",
    "lade",
    "ändere",
    "wende",
    "sperr",
    "führ",
    "veröffentlich",
    "übertrag",
    "envoie",
    "applique",
    "exécute",
    "publie",
    "envía",
    "envia",
    "aplica",
    "ejecuta",
    "publica",
    "invia",
    "esegui",
  ),
};

export function isGrave(text: string): boolean {
  return grave.some((pattern) => pattern.test(text)) && !innocent.test(text);
}

/** @param text normalised, without what is quoted */
export function reachOf(text: string): Reach {
  // Each sentence for itself: what is innocent in one does not excuse another.
  if (text.split(/[.!?\n]\s/).some(isGrave)) return 4;
  if (patterns.acts.test(text)) return 3;
  if (patterns.drafts.test(text)) return 2;
  return patterns.looks.test(text) ? 1 : 0;
}
