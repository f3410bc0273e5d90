"""Measure the reader of feedback beside others, on the same files in the same run: how fast, and what share it finds right.

usage: python bench/read_peers.py [--count 2000] [--size 12000] [--peers-python PYTHON]

The reports are those of ``comity bench read``, ten dialects with known truth, written into a temporary folder. Every reader has a
process of its own; best of three turns. A reader that is not installed is named and left out. See bench/README.md.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from comity.services.operate.bench_read import cases
from comity.services.operate.sample_reports import DIALECTS, Truth

HERE = Path(__file__).resolve().parent
FIELDS = ("source_ip", "recipient", "message_id")


def write(folder: Path, count: int, size: int) -> dict[str, tuple[str, Truth]]:
    """Write the reports; gives the dialect and the truth by file name."""
    truths = {}
    for number, (dialect, data, truth) in enumerate(cases(count, size, 2026)):
        name = f"{number:06}.eml"
        (folder / name).write_bytes(data)
        truths[name] = dialect, truth
    return truths


def run(command: list[str]) -> dict[str, Any] | str:
    """One turn of one reader: its answer, or why there is none."""
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no answer"]
        return next((line for line in lines if "Can't locate" in line), lines[-1])[:160]
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def shares(found: dict[str, Any], truths: dict[str, tuple[str, Truth]]) -> dict[str, dict[str, int]]:
    """How many were right and how many wrong, by field; and right ones by dialect."""
    tally: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for name, (dialect, truth) in truths.items():
        answer = found.get(name) or {}
        for field in FIELDS:
            wanted, given = getattr(truth, field), _plain(answer.get(field))
            tally["right"][field] += given == _plain(wanted)
            tally["wrong"][field] += given is not None and given != _plain(wanted)
            tally[dialect][field] += given == _plain(wanted)
    return tally


def _plain(value: str | None) -> str | None:
    return value.strip().strip("<>").lower() or None if value else None


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=2000, help="reports (default 2000)")
    parser.add_argument("--size", type=int, default=12_000, help="bytes on average (default 12000)")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument(
        "--peers-python", default=os.environ.get("PEERS_PYTHON", sys.executable), help="a Python that has parsedmarc"
    )
    options = parser.parse_args()
    reader = str(HERE / "python_reader.py")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        truths = write(folder, options.count, options.size)
        commands = {
            "comity": [sys.executable, reader, "comity", name],
            "stdlib email, compat32 (parses only)": [sys.executable, reader, "stdlib", name],
            "parsedmarc": [options.peers_python, reader, "parsedmarc", name],
            "Sisimai": ["perl", str(HERE / "sisimai_reader.pl"), name],
        }
        best: dict[str, dict[str, Any]] = {}
        missing: dict[str, str] = {}
        for _ in range(options.turns):
            for peer, command in commands.items():
                answer = run(command) if peer not in missing else missing[peer]
                if isinstance(answer, str):
                    missing[peer] = answer
                elif peer not in best or answer["seconds"] < best[peer]["seconds"]:
                    best[peer] = answer
        mean = sum(path.stat().st_size for path in folder.iterdir()) // options.count
        show(best, missing, truths, mean=mean)
    return 0


def show(
    best: dict[str, dict[str, Any]], missing: dict[str, str], truths: dict[str, tuple[str, Truth]], *, mean: int
) -> None:
    """Print the tables."""
    count = len(truths)
    print(f"{count} reports of {len(DIALECTS)} dialects, {mean:,} bytes on average")
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}\n")
    print("| reader | version | reports/CPU-s | ours is | source address | recipient | Message-ID | wrong |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    ours = best["comity"]["seconds"]
    tallies = {peer: shares(answer["found"], truths) for peer, answer in best.items()}
    for peer, answer in best.items():
        right = [f"{100 * tallies[peer]['right'][field] / count:.1f} %" if answer["found"] else "-" for field in FIELDS]
        wrong = sum(tallies[peer]["wrong"].values())
        speed = f"{count / answer['seconds']:,.0f} | {answer['seconds'] / ours:.1f} x"
        print(f"| {peer} | {answer['version']} | {speed} | {' | '.join(right)} | {wrong} |")
    for peer, why in missing.items():
        print(f"\n{peer} is left out: {why}")
    readers = [peer for peer, answer in best.items() if answer["found"]]
    print(
        "\nSource addresses found, by dialect:\n\n| dialect | "
        + " | ".join(readers)
        + " |\n|---|"
        + "---:|" * len(readers)
    )
    for dialect in DIALECTS:
        each = sum(1 for known, _ in truths.values() if known == dialect) or 1
        print(
            f"| {dialect} | "
            + " | ".join(f"{100 * tallies[peer][dialect]['source_ip'] / each:.0f} %" for peer in readers)
            + " |"
        )


if __name__ == "__main__":
    sys.exit(main())
