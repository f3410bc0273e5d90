"""Fill a spool and a store as the program does, and say after each transaction what is promised: ``writing.py FOLDER ROUNDS``.

Run beside strace, whose trace then holds every write and every sync of the files, and between them what was said.
"""

import sys
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert

from comity.ledger.leaf import LeafType
from comity.model.arrival import Arrival
from comity.services.prove.writing import Event, Scribe
from comity.store.engine import Store, open_store
from comity.store.spool import Spool
from comity.store.tables.intake import report_row

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WEST, EAST = "west.example", "east.example"
_CHECKPOINT = 40  # pages: files are written back often, so that cuts hit that, too


def arrival(number: int) -> Arrival:
    """The mail of this number; another one is seen by its bytes."""
    return Arrival(
        gate="lmtp", envelope_from="", recipients=("fbl@west.example",), arrived=NOON,
        data=b"Subject: %d\r\n\r\n" % number + number.to_bytes(4, "big") * (number * 37 % 900),
    )  # fmt: skip


def _event(number: int) -> Event:
    facts = {
        "class": "complaint", "definition": "complaint", "role": "originator",
        "source": {"ip": "198.51.100.7", "dkim": None}, "tier": "T2", "tlp": "TLP:AMBER", "agreement": 1,
    }  # fmt: skip
    return Event(
        reporting=WEST, reported=EAST, leaf_type=LeafType.REPORT, event_id=f"cr1-{number}", observed=NOON, facts=facts,
        payload=b"redacted %d" % number, quarter="2026q4",
    )  # fmt: skip


def _exchange(store: Store, scribe: Scribe, numbers: range, now: datetime) -> None:
    """Reports with their rows, leaves and roll-ups in one transaction, as they are exchanged."""
    with store.write() as rows:
        places = scribe.write(rows.ledger, [_event(each) for each in numbers], now)
        for number, (channel_id, _) in zip(numbers, places, strict=True):
            rows.connection.execute(
                insert(report_row).values(
                    report_key=number.to_bytes(16, "big"), direction="out", channel_id=channel_id,
                    evidence_class="complaint", is_complaint=True, facts="{}",
                )
            )  # fmt: skip
            rows.intake.count_up({(channel_id, now.date().isoformat(), "complaint", "198.51.100.0/24"): 1})


def _say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Write."""
    folder, rounds = Path(sys.argv[1]), int(sys.argv[2])
    gate, worker = Spool(folder / "spool.db", durable=True), Spool(folder / "spool.db", durable=False)
    store = open_store(folder / "comity.db")
    store.create()
    with store.read():
        pass
    _say("made")
    with store.write() as rows:
        rows.connection.connection.driver_connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT}")  # type: ignore[union-attr]
    for each in (gate, worker):
        with each.transaction() as connection:
            pass
        connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT}")
    salts, written = count(), 0
    scribe = Scribe(WEST, KEY, new_salt=lambda: b"%016d" % next(salts))
    for number in range(rounds):
        first = 3 * number + 1
        _say("spooling", first, first + 2)
        gate.add([arrival(each) for each in range(first, first + 3)])
        _say("spooled", first, first + 2)
        more = number % 4 + 1
        _exchange(store, scribe, range(written, written + more), NOON + timedelta(seconds=number))
        written += more
        _say("exchanged", written)
        if number % 3 == 2:
            _say("deleting", first)
            worker.done(list(range(1, first)))


if __name__ == "__main__":
    main()
