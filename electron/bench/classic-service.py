"""The classic service: TF-IDF of character n-grams into a random forest, by scikit-learn, behind HTTP.

Fits to the JSON lines {text, class} of its argument, then prints one line {port, fit_s, one_ms} and answers
POST / {payload} on 127.0.0.1 until it is ended.
"""
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline

with open(sys.argv[1], encoding="utf-8") as file:
    rows = [json.loads(line) for line in file]
model = make_pipeline(
    TfidfVectorizer(analyzer="char", ngram_range=(1, 3), max_features=5000),
    RandomForestClassifier(n_estimators=100, random_state=1, n_jobs=1),
)
started = time.perf_counter()
model.fit([row["text"] for row in rows], [row["class"] for row in rows])
fitted = time.perf_counter() - started
times = []
for row in rows[:120]:
    started = time.perf_counter()
    model.predict_proba([row["text"]])
    times.append((time.perf_counter() - started) * 1000)
times = sorted(times[20:])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body in one packet: what is measured is the model.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self):
        payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["payload"]
        shares = model.predict_proba([payload])[0]
        best = shares.argmax()
        body = json.dumps({"class": model.classes_[best], "confidence": shares[best]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(json.dumps({"port": server.server_port, "fit_s": fitted, "one_ms": times[len(times) // 2]}), flush=True)
server.serve_forever()
