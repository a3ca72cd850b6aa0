import Bowser from "bowser";
import { isbot } from "isbot";

/** What a User-Agent header tells. */
export interface UserAgent {
  /** Family as the browser names itself, "" when it is no known browser. */
  readonly browser: string;
  /** Crawlers, libraries, monitors, command-line clients. */
  readonly automated: boolean;
  /** Security scanners and attack tools that say who they are. */
  readonly scanner: boolean;
  readonly headless: boolean;
}

const scanners =
  /sqlmap|nikto|nmap|masscan|zgrab|nuclei|acunetix|netsparker|invicti|nessus|openvas|wpscan|dirbuster|gobuster|feroxbuster|ffuf|wfuzz|dirb\b|arachni|w3af|burp|zaproxy|owasp|commix|havij|hydra|metasploit|whatweb|xsstrike|dalfox|qualys|jaeles|skipfish|vega\//i;
const libraries =
  /^(?:curl|wget|python|go-http-client|java|okhttp|axios|node|undici|ruby|perl|libwww|php|guzzle|postman|insomnia|httpie|apache-httpclient|rest-client|faraday|aiohttp|scrapy|powershell|winhttp)/i;
const headless = /headless|phantomjs|puppeteer|playwright|selenium|electron\//i;

const known = new Map<string, UserAgent>();
const knownLimit = 2000;

/** Parses a User-Agent header; the latest ones are remembered, since a session repeats its own. */
export function readUserAgent(header: string): UserAgent {
  const text = header.slice(0, 500);
  const found = known.get(text);
  if (found !== undefined) return found;
  const scanner = scanners.test(text);
  const agent: UserAgent = {
    browser: text.startsWith("Mozilla/") || text.startsWith("Opera/") ? (Bowser.parse(text).browser.name ?? "") : "",
    automated: scanner || text.trim() === "" || libraries.test(text) || isbot(text),
    scanner,
    headless: headless.test(text),
  };
  if (known.size >= knownLimit) known.clear();
  known.set(text, agent);
  return agent;
}
