"""``comity bench ledger``: leaves taken from a peer, proofs, replay, reconciliation; beside pymerkle in the same run.

Limits:     loopback and one machine: quote ratios. A database that is named is filled and left so; CPU time is that of this process
            alone, not of a server. ``--tree`` leaves are planted as nodes alone, for the proofs.
"""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from comity.cli.speech import speaker
from comity.model.outcomes import Outcome

_PROOFS = 500
_PEER = 20_000  # its proofs take milliseconds each


def command(  # noqa: PLR0917 - the options of a command line
    count: Annotated[int, typer.Option("--count", min=100, max=1_000_000)] = 10_000,
    batch: Annotated[int, typer.Option("--batch", min=1, max=2000)] = 100,
    tree_size: Annotated[int, typer.Option("--tree", min=100, max=10_000_000)] = 100_000,
    database: Annotated[str | None, typer.Option("--database", metavar="ADDRESS")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> Outcome:
    """Measure the ledger."""
    with TemporaryDirectory(prefix="comity-bench-") as folder:
        found = _measured(database or Path(folder, "east.db"), count, batch, tree_size=tree_size)
    if as_json:
        print(json.dumps(found))
    else:
        say = speaker().say
        for name, value in found.items():
            print(say("bench.ledger-line", what=say(f"bench.ledger.{name}"), value=value))
    return Outcome.DONE if found["same_root"] else Outcome.BAD_INPUT


def _measured(where: str | Path, count: int, batch: int, *, tree_size: int) -> dict[str, object]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from comity.bootstrap.trust.bench import bench_sides, planted
    from comity.services.operate import bench_ledger as bench

    clocks, now = (time.monotonic, time.process_time), datetime.now(UTC)
    key, second = Ed25519PrivateKey.generate(), int(now.timestamp())
    origin = "west.example/to/east.example/2026q4"
    store, receiving = bench_sides(where, key, now=now)
    leaves = bench.leaves_of(count, second)
    messages = bench.postings(leaves, origin, key, batch=batch, second=second)
    taken = bench.take(receiving, store, messages, now=now, clocks=clocks)
    many = bench.leaves_of(tree_size, second)
    replayed, root = bench.replay(many, clocks=clocks)
    channel_id = planted(store, many)
    proved = bench.prove(store.read, channel_id, tree_size, count=_PROOFS, clocks=clocks)
    comparisons = max(bench.compare(many, place)[0] for place in (0, tree_size // 3, tree_size - 1))
    store.close()
    small = many[:_PEER]
    ours, our_root = bench.replay(small, clocks=clocks)
    other = bench.peer(small, 50, clocks=clocks)
    found: dict[str, object] = {
        "taken_per_second": round(taken.per_second),
        "taken_per_cpu_second": round(taken.per_cpu_second),
        "batch": batch,
        "tree": tree_size,
        "proof_milliseconds": round(1000 * proved.seconds / proved.count, 3),
        "replayed_per_second": round(replayed.per_second),
        "replayed_per_cpu_second": round(replayed.per_cpu_second),
        "comparisons": comparisons,
        "same_root": bool(root) and (other is None or other[2] == our_root),
    }
    if other is not None:
        built, others_proof, _ = other
        found["peer"] = "pymerkle"
        found["peer_build_per_cpu_second"] = round(built.per_cpu_second)
        found["replay_ratio"] = round(ours.per_cpu_second / built.per_cpu_second, 1)
        found["peer_proof_milliseconds"] = round(1000 * others_proof.seconds / others_proof.count, 3)
        found["proof_ratio"] = round((others_proof.cpu / others_proof.count) / max(proved.cpu / proved.count, 1e-9), 1)
    return found
