"""Write where some syncs fail, and say after each transaction what is promised: ``refused.py FOLDER spool|store``.

Run beside strace, which lets these syncs fail. What was refused is tried again in a process that begins anew, as after a restart:
the file is closed and opened.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from comity.model.arrival import Arrival
from comity.model.outcomes import ComityError
from comity.store.engine import open_store
from comity.store.spool import Spool

ITEMS = 12
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def _spool(folder: Path) -> Callable[[int], None]:
    spool = Spool(folder / "spool.db", durable=True)

    def write(number: int) -> None:
        data = b"Subject: %d\r\n\r\n" % number + number.to_bytes(4, "big") * (number * 37 % 900)
        spool.add([Arrival(gate="lmtp", envelope_from="", recipients=("f@west.example",), arrived=NOON, data=data)])

    return write


def _store(folder: Path) -> Callable[[int], None]:
    def write(number: int) -> None:
        store = open_store(folder / "comity.db")
        try:
            if number == 0:
                store.create()
            with store.write() as rows:
                rows.connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS kept (number INTEGER, text BLOB)")
                values = (number, b"x" * (number * 377 % 9000))
                rows.connection.exec_driver_sql("INSERT INTO kept VALUES (?, ?)", values)
        finally:
            store.close()

    return write


def main() -> None:
    """Write."""
    write = {"spool": _spool, "store": _store}[sys.argv[2]](Path(sys.argv[1]))
    for number in range(ITEMS):
        for _ in range(5):
            with suppress(ComityError):
                write(number)
                sys.stdout.write(f"kept {number}\n")
                sys.stdout.flush()
                break


if __name__ == "__main__":
    main()
