/** Credentials that show by their shape alone. */
export interface CredentialShape {
  readonly rule: string;
  readonly why: string;
  /** Texts of which one begins every match: looked for first, so that a pattern is tried at few places only. */
  readonly anchors: readonly string[];
  /** Sticky, tried where an anchor stands. Every repetition is bounded, so that a match takes a constant number of steps. */
  readonly pattern: RegExp;
  /** A letter or figure right before the anchor is part of some other word. */
  readonly standsAlone: boolean;
  readonly fires: readonly string[];
  readonly passes: readonly string[];
}

const letters = (count: number) => "aB3dE5gH7jK9mN2pQ4sT6vW8yZ1cF0xR".repeat(8).slice(0, count);

/** Examples are put together here so that no file holds a whole credential, not even an invented one. */
const shape = (
  rule: string,
  what: string,
  anchors: readonly string[],
  pattern: RegExp,
  fires: readonly string[],
  passes: readonly string[] = [],
  standsAlone = true,
): CredentialShape => ({ rule, why: `This has the shape of ${what}.`, anchors, pattern, standsAlone, fires, passes });

/** Shapes as their issuers document them. */
export const credentialShapes: readonly CredentialShape[] = [
  shape(
    "aws_access_key",
    "an AWS access key id",
    ["AKIA", "ASIA"],
    /A[KS]IA[A-Z2-7]{16}(?![A-Za-z0-9])/y,
    [`key AKIA${"IOSFODNN7QRSTUV2".slice(0, 16)}.`],
    ["AKIAONLYWORDS", "the AKIA prefix"],
  ),
  shape(
    "github_token",
    "a GitHub token",
    ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
    /gh[pousr]_[A-Za-z0-9]{36,251}(?!\w)/y,
    [`ghp_${letters(36)}`],
    ["ghp_short"],
  ),
  shape("github_fine_grained_token", "a GitHub token", ["github_pat_"], /github_pat_\w{22,250}/y, [
    `github_pat_${letters(82)}`,
  ]),
  shape("gitlab_token", "a GitLab token", ["glpat-", "gldt-", "glrt-"], /gl(?:pat|dt|rt)-[\w-]{20,64}/y, [
    `glpat-${letters(20)}`,
  ]),
  shape(
    "slack_token",
    "a Slack token",
    ["xoxa-", "xoxb-", "xoxp-", "xoxr-", "xoxs-", "xapp-"],
    /(?:xox[abprs]|xapp)-[\w-]{20,250}/y,
    [`xoxb-${"1234567890"}-${letters(24)}`],
    ["xoxb-token"],
  ),
  shape(
    "slack_webhook",
    "a Slack webhook address",
    ["hooks.slack.com/services/"],
    /hooks\.slack\.com\/services\/T\w{6,16}\/B\w{6,16}\/\w{16,40}/y,
    [`https://hooks.slack.com/services/T0${letters(8)}/B0${letters(8)}/${letters(24)}`],
    ["see hooks.slack.com/services/ for how"],
    false,
  ),
  shape(
    "google_api_key",
    "a Google API key",
    ["AIza"],
    /AIza[\w-]{35}(?![\w-])/y,
    [`AIza${letters(35)}`],
    ["AIzaShort"],
  ),
  shape("google_client_secret", "a Google client secret", ["GOCSPX-"], /GOCSPX-[\w-]{20,40}/y, [
    `GOCSPX-${letters(28)}`,
  ]),
  shape(
    "stripe_key",
    "a Stripe key",
    ["sk_live_", "rk_live_", "sk_test_", "rk_test_", "whsec_"],
    /(?:[sr]k_(?:live|test)|whsec)_[A-Za-z0-9]{16,250}/y,
    [`sk_live_${letters(24)}`],
    ["sk_live_…"],
  ),
  shape(
    "anthropic_key",
    "an Anthropic API key",
    ["sk-ant-"],
    /sk-ant-[\w-]{24,200}/y,
    [`sk-ant-api03-${letters(80)}`],
    ["sk-ant-..."],
  ),
  shape(
    "openai_key",
    "an OpenAI API key",
    ["sk-"],
    /sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{32,250}/y,
    [`sk-proj-${letters(60)}`, `sk-${letters(48)}`],
    ["sk-ip-the-next-step"],
  ),
  shape(
    "huggingface_token",
    "a Hugging Face token",
    ["hf_"],
    /hf_[A-Za-z0-9]{30,60}(?!\w)/y,
    [`hf_${letters(34)}`],
    ["hf_hub_download"],
  ),
  shape(
    "npm_token",
    "an npm token",
    ["npm_"],
    /npm_[A-Za-z0-9]{36}(?!\w)/y,
    [`npm_${letters(36)}`],
    ["npm_config_registry"],
  ),
  shape("pypi_token", "a PyPI token", ["pypi-AgE"], /pypi-AgE[\w-]{50,250}/y, [`pypi-AgEIcHlwaS5vcmc${letters(60)}`]),
  shape(
    "sendgrid_key",
    "a SendGrid key",
    ["SG."],
    /SG\.[\w-]{20,24}\.[\w-]{39,50}/y,
    [`SG.${letters(22)}.${letters(43)}`],
    ["SG.example"],
  ),
  shape("digitalocean_token", "a DigitalOcean token", ["dop_v1_", "doo_v1_"], /do[op]_v1_[0-9a-f]{64}/y, [
    `dop_v1_${"0123456789abcdef".repeat(4)}`,
  ]),
  shape(
    "twilio_key",
    "a Twilio key",
    ["SK"],
    /SK[0-9a-f]{32}(?!\w)/y,
    [`SK${"0123456789abcdef".repeat(2)}`],
    ["SKU 12"],
  ),
  shape("shopify_token", "a Shopify token", ["shpat_", "shpca_", "shpss_"], /shp(?:at|ca|ss)_[0-9a-fA-F]{32}/y, [
    `shpat_${"0123456789abcdef".repeat(2)}`,
  ]),
  shape("vault_token", "a Vault token", ["hvs.", "hvb."], /hv[sb]\.[\w-]{24,200}/y, [`hvs.${letters(40)}`]),
  shape("age_key", "an age secret key", ["AGE-SECRET-KEY-1"], /AGE-SECRET-KEY-1[0-9A-Z]{58}/y, [
    `AGE-SECRET-KEY-1${"Q".repeat(58)}`,
  ]),
  shape(
    "telegram_token",
    "a Telegram bot token",
    [":AA"],
    /:AA[\w-]{33}(?![\w-])/y,
    [`bot 123456789:AA${letters(33)}`],
    ["mac 00:AA:01"],
    false,
  ),
  shape(
    "azure_storage_key",
    "an Azure storage key",
    ["AccountKey="],
    /AccountKey=[A-Za-z0-9+/]{80,100}={0,2}/y,
    [`AccountKey=${letters(86)}==`],
    ["AccountKey=<key>"],
  ),
  shape(
    "private_key",
    "a private key",
    ["-----BEGIN "],
    /-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/y,
    [
      `-----BEGIN ${"RSA "}PRIVATE KEY-----`,
      `-----BEGIN ${"OPENSSH "}PRIVATE KEY-----`,
      `-----BEGIN ${"PGP "}PRIVATE KEY BLOCK-----`,
    ],
    ["-----BEGIN CERTIFICATE-----", "-----BEGIN PUBLIC KEY-----"],
    false,
  ),
  shape("putty_key", "a private key of PuTTY", ["PuTTY-User-Key-File-"], /PuTTY-User-Key-File-\d:/y, [
    "PuTTY-User-Key-File-3: ssh-ed25519",
  ]),
];
