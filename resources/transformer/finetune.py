#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fine-tunes a transformer of DistilBERT's size on labelled payloads and writes a folder that Sentinel reads.

    python finetune.py ROWS.jsonl --base FOLDER --out FOLDER [--epochs 3] [--seed 1]

ROWS.jsonl holds an object a line, {"text", "label"}, as `sentinel train --file` takes it; "split" (train, validation, test) is kept
where it is given, and otherwise told by a hash of the text. --base is a folder with a model and its fast tokenizer, as Hugging Face's
`save_pretrained` writes it: nothing is downloaded. --toy makes a tiny one with random weights instead, to try the whole way.

The folder that is written has model.onnx (float32, opset 18, any number of tokens), tokenizer.json and config.json, and fitted.txt:
hashes of the rows that the model was fitted to, which Sentinel never judges it on. Its
probabilities are calibrated on the validation split by temperature scaling (Guo et al. 2017, "On Calibration of Modern Neural Networks"),
folded into the last layer. Register it on the models screen, or with `POST models/folder`; it then has to pass the same gates as any model.

Needs torch, transformers, onnx and onnxscript; uses CUDA where it is there.
"""

import argparse
import hashlib
import json
import random
import sys
from pathlib import Path
from urllib.parse import unquote_plus

import torch
from torch import nn
from torch.utils.data import DataLoader

CLASSES = ["benign", "sql_injection", "xss", "command_injection", "path_traversal", "xxe"]


def read_rows(path):
    """Rows of a file by split; bad lines are told of on standard error, the others are used."""
    splits = {"train": [], "validation": [], "test": []}
    fitted = set()
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                text, label = row["text"], row["label"]
                if not isinstance(text, str) or text == "" or label not in CLASSES:
                    raise ValueError(f"no text, or {label!r} is none of {', '.join(CLASSES)}")
            except (ValueError, KeyError, TypeError) as error:
                print(f"{path}, line {number}: {error}", file=sys.stderr)
                continue
            split = row.get("split") or split_of(row.get("group") or text)
            splits[split].append((readable(text), CLASSES.index(label)))
            if split != "test":
                fitted.update(hash_of(kind, row[kind]) for kind in ("text", "group") if row.get(kind))
    labels = {label for _, label in splits["train"]}
    if len(labels) < 2:
        raise SystemExit("The training split needs ordinary values and attacks.")
    return splits, fitted


def hash_of(kind, value):
    """As Sentinel notes what a model was fitted to, so that it is not judged on it."""
    return hashlib.sha256(f"{kind} {value}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def split_of(name):
    tenth = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % 10
    return "validation" if tenth == 0 else "test" if tenth == 1 else "train"


def readable(text):
    """Sentinel gives the model a payload decoded as far as it goes; two rounds of percent-decoding come close."""
    for _ in range(2):
        text = unquote_plus(text)
    return text


def make_toy(texts):
    """A tiny model with random weights and a vocabulary of the texts' own."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import DistilBertConfig, DistilBertForSequenceClassification, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=1000, special_tokens=special))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    config = DistilBertConfig(
        vocab_size=tokenizer.get_vocab_size(), dim=64, hidden_dim=128, n_layers=2, n_heads=4, max_position_embeddings=128,
        num_labels=len(CLASSES), pad_token_id=0, attn_implementation="eager",
    )
    return DistilBertForSequenceClassification(config), fast


def load_base(folder):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    if not tokenizer.is_fast:
        raise SystemExit(f"{folder} has no fast tokenizer (tokenizer.json).")
    model = AutoModelForSequenceClassification.from_pretrained(
        folder, num_labels=len(CLASSES), ignore_mismatched_sizes=True, local_files_only=True, attn_implementation="eager"
    )
    return model, tokenizer


class Classifier(nn.Module):
    """Token ids and mask in, calibrated logits out."""

    def __init__(self, model):
        super().__init__()
        self.model = model
        self.temperature = nn.Parameter(torch.ones(()), requires_grad=False)

    def forward(self, input_ids, attention_mask):
        return self.model(input_ids=input_ids, attention_mask=attention_mask).logits / self.temperature


def batches(rows, tokenizer, size, longest, shuffle, seed):
    def collate(some):
        encoded = tokenizer([text for text, _ in some], padding=True, truncation=True, max_length=longest, return_tensors="pt")
        return encoded["input_ids"], encoded["attention_mask"], torch.tensor([label for _, label in some])

    generator = torch.Generator().manual_seed(seed)
    return DataLoader(rows, batch_size=size, shuffle=shuffle, collate_fn=collate, generator=generator)


@torch.no_grad()
def judge(model, rows, tokenizer, size, longest, device):
    """Logits and labels of rows."""
    model.eval()
    logits, labels = [], []
    for ids, mask, truth in batches(rows, tokenizer, size, longest, False, 0):
        logits.append(model(ids.to(device), mask.to(device)).float().cpu())
        labels.append(truth)
    return torch.cat(logits), torch.cat(labels)


def f1_of_attack(logits, labels):
    said, true = logits.argmax(1) != 0, labels != 0
    hits = int((said & true).sum())
    wrong = int((said != true).sum())
    return 2 * hits / max(1, 2 * hits + wrong)


def fit(model, splits, tokenizer, options, longest, device):
    rows = splits["train"]
    counts = torch.bincount(torch.tensor([label for _, label in rows]), minlength=len(CLASSES)).clamp(min=1)
    # Rare classes count more, but not as if they were as many: the square root of the inverse share.
    loss_of = nn.CrossEntropyLoss(weight=(counts.sum() / counts).sqrt().to(device), label_smoothing=0.01)
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.rate, weight_decay=0.01)
    loader = batches(rows, tokenizer, options.batch, longest, True, options.seed)
    steps = max(1, len(loader) * options.epochs)
    warm = max(1, steps // 10)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, max(0.0, (steps - step) / max(1, steps - warm)))
    )
    best = (-1.0, None)
    for epoch in range(options.epochs):
        model.train()
        total = 0.0
        for ids, mask, labels in loader:
            with torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda"):
                loss = loss_of(model(ids.to(device), mask.to(device)).float(), labels.to(device))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += float(loss.detach()) * len(labels)
        f1 = 0.0
        if splits["validation"]:
            f1 = f1_of_attack(*judge(model, splits["validation"], tokenizer, options.batch, longest, device))
        print(json.dumps({"epoch": epoch + 1, "epochs": options.epochs, "loss": total / len(rows), "validation_f1": f1}), flush=True)
        if f1 >= best[0]:
            best = (f1, {name: value.detach().cpu().clone() for name, value in model.state_dict().items()})
    model.load_state_dict(best[1])


def calibrate(model, rows, tokenizer, options, longest, device):
    """The temperature with the least negative log-likelihood on rows that the fit did not see; 1 where they are too few."""
    if len(rows) < 30:
        return 1.0
    logits, labels = judge(model, rows, tokenizer, options.batch, longest, device)
    candidates = [0.5 * 1.05**step for step in range(48)]
    return min(candidates, key=lambda t: float(nn.functional.cross_entropy(logits / t, labels)))


def write_folder(model, tokenizer, out, longest):
    out.mkdir(parents=True, exist_ok=True)
    model = model.cpu().eval()
    encoded = tokenizer(["id=1", "a longer text"], padding=True, return_tensors="pt")
    batch, tokens = torch.export.Dim("batch", min=1, max=1024), torch.export.Dim("tokens", min=2, max=longest)
    torch.onnx.export(
        model,
        (encoded["input_ids"], encoded["attention_mask"]),
        str(out / "model.onnx"),
        input_names=["input_ids", "attention_mask"],
        output_names=["logits"],
        dynamic_shapes={"input_ids": {0: batch, 1: tokens}, "attention_mask": {0: batch, 1: tokens}},
        opset_version=18,
        dynamo=True,
        external_data=False,
    )
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.save(str(out / "tokenizer.json"))
    config = {
        "id2label": {str(i): name for i, name in enumerate(CLASSES)},
        "max_position_embeddings": longest,
        "pad_token_id": tokenizer.pad_token_id or 0,
    }
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    base = parser.add_mutually_exclusive_group(required=True)
    base.add_argument("--base", type=Path, help="folder of the model to begin with")
    base.add_argument("--toy", action="store_true", help="a tiny model with random weights")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--tokens", type=int, default=256, help="most tokens of one run")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random.seed(options.seed)
    torch.manual_seed(options.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    splits, fitted = read_rows(options.rows)
    known = options.base / "fitted.txt" if options.base else None
    if known and known.exists():
        fitted.update(known.read_text(encoding="utf-8").split())
    inner, tokenizer = make_toy([text for text, _ in splits["train"]]) if options.toy else load_base(options.base)
    longest = min(options.tokens, inner.config.max_position_embeddings)
    model = Classifier(inner).to(device)
    fit(model, splits, tokenizer, options, longest, device)
    model.temperature.fill_(calibrate(model, splits["validation"], tokenizer, options, longest, device))
    if splits["test"]:
        logits, labels = judge(model, splits["test"], tokenizer, options.batch, longest, device)
        print(json.dumps({"test_rows": len(labels), "test_f1": f1_of_attack(logits, labels), "temperature": float(model.temperature)}))
    write_folder(model, tokenizer, options.out, longest)
    (options.out / "fitted.txt").write_text("".join(f"{one}\n" for one in sorted(fitted)), encoding="utf-8")
    print(json.dumps({"folder": str(options.out.resolve())}))


if __name__ == "__main__":
    main()
