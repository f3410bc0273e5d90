"""``comity bench statement``: how long a year's statement of a national provider takes.

Answers:    seconds of CPU for making, joining and signing, and verifying; size of the file; exit status 65 where it does not hold.
Limits:     both sides run in this process, on stores of their own in a folder that is removed.
"""

import json
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.progress import progress
from comity.cli.speech import speaker
from comity.model.outcomes import Outcome

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from comity.services.prove.closing import CloseTerms
    from comity.services.prove.stating.agreeing import Ours
    from comity.services.prove.writing import Scribe
    from comity.store.engine import Store

_YEAR = 2025
_NAMES = ("east.example", "west.example")


def command(
    complaints: Annotated[int, typer.Option(min=1000, max=10**12)] = 10**9,
    networks: Annotated[int, typer.Option(min=1, max=5000)] = 200,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> Outcome:
    """Measure a year's statement."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from comity.ledger.note import verifier_of
    from comity.model.period import read
    from comity.services.prove.stating.agreeing import Stating
    from comity.services.prove.stating.checking import check

    keys = {name: Ed25519PrivateKey.generate() for name in _NAMES}
    public = [verifier_of(name, key) for name, key in keys.items()]
    period, now, spent = read(str(_YEAR)), datetime(_YEAR + 1, 1, 2, tzinfo=UTC), dict[str, float]()
    assert period is not None  # noqa: S101 - a constant
    with TemporaryDirectory(prefix="comity-bench-") as folder, progress(speaker().say("bench.progress"), 5) as line:
        begun = time.process_time()
        stores = {
            name: _year(Path(folder) / f"{name}.db", name, keys[name], size=(complaints, networks)) for name in _NAMES
        }
        spent["closes"] = time.process_time() - begun
        line.advance()
        terms = _terms()
        east, west = (Stating(_ours(name, keys[name]), _scribe(name, keys[name]), terms) for name in _NAMES)
        begun = time.process_time()
        with stores[_NAMES[1]].read() as rows:
            data = west.make(rows, _NAMES[0], period, now=now)
        spent["make"] = time.process_time() - begun
        line.advance()
        begun = time.process_time()
        with stores[_NAMES[0]].write() as rows:
            data = east.sign(rows, data, public, now=now).data
        line.advance()
        with stores[_NAMES[1]].write() as rows:
            data = west.sign(rows, data, public, now=now).data
        spent["sign"] = time.process_time() - begun
        line.advance()
        begun = time.process_time()
        checked = check(data, public)
        spent["verify"] = time.process_time() - begun
        line.advance()
        for store in stores.values():
            store.close()
    told = {
        "complaints": sum(each.value or 0 for each in checked.proved if (each.key, each.side) == ("report", _NAMES[1])),
        "networks": networks,
        "closes": checked.days,
        "numbers": sum(each.value is not None for each in checked.proved),
        "not_shown": sum(each.value is None for each in checked.proved),
        "bytes": len(data),
        "holds": not checked.faults,
        **{f"{name}_cpu_seconds": round(seconds, 2) for name, seconds in spent.items()},
    }
    print(json.dumps(told) if as_json else speaker().say("bench.statement", **_formatted(told)))
    return Outcome.BAD_INPUT if checked.faults else Outcome.DONE


def _year(path: Path, of: str, key: "Ed25519PrivateKey", *, size: tuple[int, int]) -> "Store":
    """One side's closes of a year, in both directions."""
    from comity.ledger.leaf import LeafType
    from comity.services.operate.bench_statement import counts_of, networks_of
    from comity.services.prove.closing import Closed, Closing, Summed
    from comity.services.prove.writing import Event, quarter_of
    from comity.store.engine import open_store

    scribe = _scribe(of, key)
    closing, complaints = Closing(scribe, _terms()), size[0]
    networks, store = networks_of(size[1]), open_store(path)
    store.create()
    for (reporting, reported), yearly in (((_NAMES[1], _NAMES[0]), complaints), (_NAMES, complaints // 50)):
        last: Closed | None = None
        with store.write() as rows:
            for number in range(365):
                day = date(_YEAR, 1, 1) + timedelta(days=number)
                noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
                event = Event(
                    reporting=reporting, reported=reported, leaf_type=LeafType.DAY_CLOSE, event_id="", observed=None,
                    facts={}, quarter=quarter_of(noon), by_mail=reporting != of,
                )  # fmt: skip
                channel = scribe.channel(rows.ledger, event, noon)
                before = rows.closes.last_close(channel.channel_id)
                counts = counts_of(day, networks, yearly)
                start = _end_of(before)
                summed = Summed(channel=channel, day=day, span=(start, channel.size), counts=counts, late={})
                last = closing.write(rows, summed, last=last, now=noon + timedelta(hours=13))
    return store


def _terms() -> "CloseTerms":
    from comity.ledger.day_close import Places
    from comity.services.prove.closing import CloseTerms

    places = Places(network=lambda _: "", registrant=lambda _: None, location=lambda _: None)
    return CloseTerms(places=places, within_hours=72, countries=None, new_seed=lambda: secrets.token_bytes(32))


def _end_of(before: tuple[int, bytes] | None) -> int:
    return 0 if before is None else int(json.loads(before[1])["end"])


def _scribe(of: str, key: "Ed25519PrivateKey") -> "Scribe":
    from comity.services.prove.writing import Scribe

    return Scribe(of, key, new_salt=lambda: secrets.token_bytes(16))


def _ours(of: str, key: "Ed25519PrivateKey") -> "Ours":
    from comity.services.prove.stating.agreeing import Ours

    return Ours(domain=of, key=key)


def _formatted(told: Mapping[str, object]) -> dict[str, object]:
    return {name: f"{value:,}" if isinstance(value, int) else value for name, value in told.items()}
