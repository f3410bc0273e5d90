"""Leases out of the books of two DHCP servers: ISC's ``dhcpd.leases`` and Kea's ``kea-leases4.csv`` and ``kea-leases6.csv``.

Trust:      files of our own servers; what a client calls itself in them is a stranger's text.
Standards:  dhcpd.leases(5): times are UTC unless ``db-time-format local`` writes ``epoch``. Kea's administrator reference, lease
            file: ``expire`` is in seconds since 1970, ``valid_lifetime`` how long it holds from its last renewal.
Answers:    ``IscReader(clock)`` and ``KeaReader(heading)``: ``read(line)`` and ``end()`` give leases and mistakes.
Limits:     who it is: the circuit that a relay wrote in, else the hardware address, else the client's own id. An address that was
            declined or abandoned was nobody's. Both servers write a line more at each renewal: the stretches follow each other.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from comity.formats.leases.clock import Between, Clock
from comity.formats.leases.terms import Facts, Mistake, leased
from comity.model.lease import Lease

_LEASE: Final = re.compile(r"lease\s+(\S+)\s*\{")
_TIME: Final = re.compile(
    r"(starts|ends|tstp|cltt)\s+(?:\d\s+(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d)|epoch\s+(\d+)|(never))\s*;"
)
_CIRCUIT: Final = re.compile(r'option\s+agent\.(circuit-id|remote-id)\s+(?:"((?:[^"\\]|\\.)*)"|([0-9a-f:]+))\s*;')
_HARDWARE: Final = re.compile(r"hardware\s+\S+\s+([0-9a-f:]+)\s*;", re.IGNORECASE)
_UID: Final = re.compile(r'uid\s+(?:"((?:[^"\\]|\\.)*)"|([0-9a-f:]+))\s*;')
_STATE: Final = re.compile(r"binding\s+state\s+(\w+)\s*;")
_NOBODYS: Final = {"abandoned", "backup", "bootp"}
_FOREVER: Final = 0xFFFFFFFF


class IscReader:
    """One ``dhcpd.leases``, line by line."""

    def __init__(self) -> None:
        self._clock = Clock(UTC)
        self._address: str | None = None
        self._facts: dict[str, str] = {}

    def read(self, line: str) -> Iterator[Lease | Mistake]:
        """What has become whole with this line."""
        text = line.strip()
        if (opened := _LEASE.match(text)) is not None:
            if self._address is not None:
                yield Mistake(code="not-closed", detail=self._address)
            self._address, self._facts = opened[1], {}
        elif text == "}" and self._address is not None:
            yield from self._closed(self._address)
            self._address = None
        elif self._address is not None:
            self._note(text)

    def end(self) -> Iterator[Lease | Mistake]:
        """An entry that the file breaks off in."""
        if self._address is not None:
            yield Mistake(code="not-closed", detail=self._address)

    def _note(self, text: str) -> None:
        if (time := _TIME.match(text)) is not None:
            self._facts[time[1]] = time[2] or time[3] or ""
        elif (state := _STATE.match(text)) is not None:
            self._facts["state"] = state[1]
        elif (circuit := _CIRCUIT.match(text)) is not None:
            self._facts[circuit[1]] = circuit[2] or circuit[3] or ""
        elif (hardware := _HARDWARE.match(text)) is not None:
            self._facts["hardware"] = hardware[1].lower()
        elif (uid := _UID.match(text)) is not None:
            self._facts["uid"] = uid[1] or uid[2] or ""

    def _closed(self, address: str) -> Iterator[Lease | Mistake]:
        facts = self._facts
        if facts.get("state") in _NOBODYS or "starts" not in facts:
            return
        names = (facts.get(name) for name in ("circuit-id", "remote-id", "hardware", "uid"))
        subscriber = next((name for name in names if name), "")
        if not subscriber and facts.get("state") == "free":
            return
        began = self._clock.read(facts["starts"])
        ended = self._clock.read(facts["ends"]) if facts.get("ends") else None
        if isinstance(began, str) or isinstance(ended, str):
            yield Mistake(code="time-unfit", detail=facts["starts"])
            return
        yield leased(Facts(network=address, subscriber=subscriber, began=began, ended=ended))


class KeaReader:
    """One ``kea-leases4.csv`` or ``kea-leases6.csv``, line by line."""

    def __init__(self, heading: str) -> None:
        self._columns = {name: at for at, name in enumerate(heading.strip().split(","))}

    @staticmethod
    def is_heading(line: str) -> bool:
        """Whether a file of Kea's begins so."""
        columns = line.strip().split(",")
        return columns[0] == "address" and {"valid_lifetime", "expire", "state"} <= set(columns)

    def read(self, line: str) -> Iterator[Lease | Mistake]:
        """What one line says."""
        if not line.strip() or KeaReader.is_heading(line):  # each clean-up of Kea's writes the heading again
            return
        try:
            cells = next(csv.reader([line], strict=True))
            row = {name: cells[at] for name, at in self._columns.items()}
            lifetime, expire, state = int(row["valid_lifetime"]), int(row["expire"]), int(row["state"])
            began = datetime.fromtimestamp(expire - min(lifetime, expire), UTC)
            ended = None if lifetime == _FOREVER else datetime.fromtimestamp(expire, UTC)
        except (csv.Error, IndexError, KeyError, ValueError, OverflowError, OSError):
            yield Mistake(code="row", detail=line.strip())
            return
        if state == 1 or lifetime == 0:  # declined, or given back before its time: what it was has a line of its own
            return
        yield self._lease(row, began, ended)

    def end(self) -> Iterator[Lease | Mistake]:
        """Nothing is left over."""
        return iter(())

    @staticmethod
    def _lease(row: Mapping[str, str], began: datetime, ended: datetime | None) -> Lease | Mistake:
        name = row.get("hwaddr") or row.get("duid") or row.get("client_id") or ""
        length = row.get("prefix_len", "")
        is_prefix = row.get("lease_type") == "2" and length.isdecimal()
        return leased(
            Facts(
                network=f"{row['address']}/{length}" if is_prefix else row["address"],
                subscriber=name,
                began=Between(began, began),
                ended=None if ended is None else Between(ended, ended),
            )
        )
