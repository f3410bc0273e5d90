"""How good the filter is when labels come at once, late, seldom, wrongly or not any more: every figure that the documents name.

usage: python bench/judge_figures.py --english INDEX --chinese INDEX [--seeds 5] [--only NAME,NAME]

Each INDEX is an index of the TREC spam track. One line of JSON for each set, protocol and seed, then one for each set and protocol
with the lowest, the middle and the highest. "both" is one stream of the two sets, each in its own order, mixed evenly. The second
half is that of the judged mails: how many of its legitimate ones were called spam, and how many may be, at 95 %, where one in a
thousand was promised. What the filter itself says, out of the labels that it heard, stands beside it: the share that is lost at
the most. "bound_is_true" says whether no more was lost, of all and of the second half.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from comity.services.judge.evaluating import IndexLine, Protocol, Run, run
from comity.services.judge.filtering import Filter

PROMISE = 0.001
PROTOCOLS: dict[str, dict[str, Any]] = {
    "at-once": {},
    "delay-1000": {"delay": 1000},
    "fifth": {"partial": 0.2},
    "fiftieth": {"partial": 0.02},
    "frozen": {"batch": 0.6},
    # 6 hours are 1,000 mails where 4,000 come in a day.
    "honest": {"partial": 0.02, "delay": 1000, "wrong": 0.05},
    "wrong": {"wrong": 0.05},
    "fifth-wrong": {"partial": 0.2, "wrong": 0.05},
}
SHOWN = (
    "one_minus_roca_percent",
    "lam_percent",
    "spam_missed_at_ham_0_1_percent",
    "ham_misclassified",
    "spam_misclassified",
    "unsure_percent",
    "second_half_ham_misclassified",
    "labelled_ham",
    "labelled_ham_misclassified",
    "labelled_ham_misclassified_doubted",
    "ham_misclassified_at_most_percent",
    "bound_is_true",
)


def lines(index: Path) -> list[IndexLine]:
    """The messages of an index."""
    found = []
    for number, line in enumerate(index.read_text("utf-8", "surrogateescape").splitlines(), 1):
        label, _, path = line.partition(" ")
        found.append(IndexLine(spam=label == "spam", path=str(index.parent / path), number=number))
    return found


def mixed(one: Sequence[IndexLine], other: Sequence[IndexLine]) -> Iterator[IndexLine]:
    """Both, each in its order, evenly."""
    at = sorted(
        ((number + 0.5) / len(each), which, number)
        for which, each in enumerate((one, other))
        for number in range(len(each))
    )
    for _, which, number in at:
        yield (one, other)[which][number]


def most_allowed(count: int) -> int:
    """So many of them may be lost where so small a share was promised, at 95 %: more are seen less than once in twenty times."""
    total, one, number = 0.0, (1 - PROMISE) ** count, 0
    while total + one < 0.95:
        total += one
        number += 1
        one *= (count - number + 1) / number * PROMISE / (1 - PROMISE)
    return number


def figures(done: Run) -> dict[str, Any]:
    """The public row, and what the second half lost."""
    half = len(done.labels) // 2
    second = [said for said, spam in zip(done.called_spam[half:], done.labels[half:], strict=True) if not spam]
    row = done.figures()
    lost = max(row["ham_misclassified"] / row["ham"], sum(second) / len(second))
    return row | {
        "second_half_ham": len(second),
        "second_half_ham_misclassified": sum(second),
        "second_half_allowed": most_allowed(len(second)),
        "bound_is_true": int(100 * lost <= row["ham_misclassified_at_most_percent"]),
    }


def fetched(path: str) -> bytes | None:
    """A file in one go; None where it is missing."""
    try:
        with Path(path).open("rb", buffering=0) as file:
            return file.read()
    except FileNotFoundError:
        return None


def main() -> int:
    """Run all of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--english", type=Path, required=True)
    parser.add_argument("--chinese", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", default=",".join(PROTOCOLS))
    parser.add_argument("--sets", default="english,chinese,both")
    chosen = parser.parse_args()
    english, chinese = lines(chosen.english), lines(chosen.chinese)
    sets = {"english": english, "chinese": chinese, "both": list(mixed(english, chinese))}
    for protocol in chosen.only.split(","):
        for name in chosen.sets.split(","):
            rows = []
            for seed in range(chosen.seeds):
                done = run(
                    sets[name],
                    Filter.new(PROMISE, seed=seed),
                    Protocol(**PROTOCOLS[protocol], seed=seed),
                    fetch=fetched,
                    clock=time.process_time,
                    told=lambda: None,
                )
                rows.append(figures(done))
                print(json.dumps({"set": name, "protocol": protocol, "seed": seed} | rows[-1]), flush=True)
            print(json.dumps({"set": name, "protocol": protocol, "of": len(rows)} | spread(rows)), flush=True)
    return os.EX_OK


def spread(rows: Sequence[dict[str, Any]]) -> dict[str, list[float]]:
    """Of each figure the lowest, the middle and the highest."""
    found = {}
    for name in SHOWN:
        values = [float(row[name]) for row in rows if isinstance(row[name], int | float)]
        if values:
            found[name] = [round(each, 5) for each in (min(values), statistics.median(values), max(values))]
    return found


if __name__ == "__main__":
    sys.exit(main())
