#!/usr/bin/env python3
"""Fits the weights of the generic-secret scorer and writes them as integers.

usage: train.py ROWS NAMES [MODEL [ablate]]      (needs numpy; ROWS may be gzip)

ROWS is tab-separated: kind, label, weight, repository, feature numbers. Kinds:
`lab` reviewed, drawn before there was a model; `sel` reviewed because a model
scored it high (trained on, never measured on); `ord` ordinary code, libraries
and documentation, reviewed only where it scored high; `unl` not reviewed, not
used. NAMES lists the features, one a line, in order. Both are written by
`examples/generic_rows.rs`; they hold no value and no digest of one.
`rows.tsv.gz` beside this script are the rows of the current model; they go
stale when the features change.

The model is a logistic regression with an L2 penalty, fitted by full-batch
Adam, so that the result depends on nothing but its input. It is checked by
leaving whole repositories out (five folds), then fitted on everything.
"""

import collections
import gzip
import sys
import zlib

import numpy as np

FOLDS = 5
PENALTY = 2.5


def load(path, count):
    opened = gzip.open(path, "rt") if path.endswith(".gz") else open(path)
    rows = [line.rstrip("\n").split("\t") for line in opened]
    rows = [r for r in rows if r[0] != "unl"]
    x = np.zeros((len(rows), count), dtype=np.float32)
    for i, row in enumerate(rows):
        x[i, [int(n) for n in row[4].split(",")]] = 1
    kind = np.array([r[0] for r in rows])
    y = np.array([int(r[1]) for r in rows], dtype=np.float32)
    w = np.array([float(r[2]) for r in rows], dtype=np.float32)
    fold = np.array([zlib.crc32(r[3].encode()) % FOLDS for r in rows])
    ordinary = (kind == "ord") & (y == 0)
    fold[ordinary] = np.arange(int(ordinary.sum())) % FOLDS
    fold[kind == "own"] = FOLDS  # made by us: trained on in every fold, never measured on
    return x, y, w, kind, fold


def fit(x, y, w, steps=500):
    count = x.shape[1]
    beta, bias = np.zeros(count, dtype=np.float32), 0.0
    m, v = np.zeros(count + 1), np.zeros(count + 1)
    for step in range(1, steps + 1):
        p = 1 / (1 + np.exp(-(x @ beta + bias)))
        error = w * (p - y)
        gradient = np.append(x.T @ error + PENALTY * beta, error.sum()) / w.sum()
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * gradient**2
        change = 0.05 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
        beta -= change[:-1].astype(np.float32)
        bias -= float(change[-1])
    return beta, bias


def cross_validate(x, y, w, fold, keep=None):
    if keep is not None:
        x = x[:, keep]
    score = np.zeros(len(y))
    for f in range(FOLDS):
        beta, bias = fit(x[fold != f], y[fold != f], w[fold != f])
        score[fold == f] = x[fold == f] @ beta + bias
    return score


def measure(score, y, w, kind, limit):
    found = score >= limit
    judged = kind == "lab"
    true = (w * (found & (y == 1) & judged)).sum()
    false = (w * (found & (y == 0) & judged)).sum()
    missed = (w * (~found & (y == 1) & judged)).sum()
    ordinary = (kind == "ord") & (y == 0)
    noise = 1000 * (found & ordinary).sum() / max(1, ordinary.sum())
    p, r = true / max(1e-9, true + false), true / max(1e-9, true + missed)
    return p, r, 2 * p * r / max(1e-9, p + r), noise


def show(title, values):
    print("%-34s P %.3f  R %.3f  F1 %.3f  ordinary %.1f per 1000" % ((title,) + values))


def main():
    names = [line.rstrip("\n") for line in open(sys.argv[2])]
    x, y, w, kind, fold = load(sys.argv[1], len(names))
    print(collections.Counter(zip(kind, y.astype(int))))
    score = cross_validate(x, y, w, fold)
    for limit in (-1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0):
        show("limit %.1f" % limit, measure(score, y, w, kind, limit))
    if len(sys.argv) > 4:
        ablate(names, x, y, w, kind, fold)
    if len(sys.argv) > 3:
        beta, bias = fit(x, y, w)
        write(sys.argv[3], names, beta, bias)


def groups_of(name):
    if " x " in name:
        return "cross"
    head = name.split(":")[0]
    if head in ("name has", "name ends in", "name starts with", "kind") or name.startswith("name "):
        return "name"
    if head in ("syntax", "operator") or "quotes" in name:
        return "syntax"
    if name.endswith("before") or name.startswith(("followed", "starts its", "in a comment", "indented", "deeply", "long line", "first arg", "listed")):
        return "context"
    if "words" in name or name.startswith("letters") or name in ("asks to be replaced", "repeats the name", "names a secret itself", "holds a test word"):
        return "lexical"
    return "value"


def ablate(names, x, y, w, kind, fold):
    groups = np.array([groups_of(n) for n in names])
    for group in sorted(set(groups)):
        show("without " + group, measure(cross_validate(x, y, w, fold, groups != group), y, w, kind, 0.5))
    for group in ("value", "name"):
        show("only " + group, measure(cross_validate(x, y, w, fold, groups == group), y, w, kind, 0.5))


def write(path, names, beta, bias):
    high, medium, low = THRESHOLDS
    with open(path, "w") as out:
        out.write("# Weights of the generic-secret scorer: log-odds times 100; made by tests/training/train.py.\n")
        out.write("# version\t1\n")
        out.write("bias\t%d\nhigh\t%d\nmedium\t%d\nlow\t%d\n" % (round(100 * bias), high, medium, low))
        for name, weight in zip(names, beta):
            if round(100 * weight):
                out.write("%s\t%d\n" % (name, round(100 * weight)))


THRESHOLDS = (170, 20, -60)

if __name__ == "__main__":
    main()
