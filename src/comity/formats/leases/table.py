"""Leases out of a table: one line each, found by the heading. Also what a translator of addresses (CGN) logs, with its ports.

Trust:      an export of our own.
Standards:  CSV as RFC 4180, one line a row; comma, semicolon or tab.
Answers:    ``TableReader(heading, clock)``: ``read(line)`` gives leases and mistakes, each row one; ``lease_of`` reads a row.
Limits:     a heading must name address, subscriber and beginning. ``ended`` may be empty: not ended yet.
"""

import csv
from collections.abc import Iterator, Mapping
from typing import Final

from comity.formats.leases.clock import Between, Clock
from comity.formats.leases.terms import Facts, Mistake, leased
from comity.model.lease import Lease

_HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "address": (
        "address",
        "ip",
        "ip_address",
        "framed_ip_address",
        "prefix",
        "external_ip",
        "public_ip",
        "地址",
        "ip地址",
    ),
    "subscriber": (
        "subscriber",
        "user",
        "username",
        "user_name",
        "login",
        "account",
        "customer",
        "用户",
        "账号",
        "宽带账号",
    ),
    "began": (
        "began",
        "start",
        "starts",
        "begin",
        "start_time",
        "acctstarttime",
        "from",
        "开始",
        "开始时间",
        "上线时间",
    ),
    "ended": (
        "ended",
        "end",
        "ends",
        "stop",
        "stop_time",
        "end_time",
        "acctstoptime",
        "until",
        "结束",
        "结束时间",
        "下线时间",
    ),
    "ports": ("ports", "port_range", "port_block", "端口", "端口段"),
    "first_port": ("first_port", "port_first", "port_start", "start_port", "起始端口"),
    "last_port": ("last_port", "port_last", "port_end", "end_port", "结束端口"),
    "shared": ("shared", "hotspot", "共享"),
    "session": ("session", "session_id", "acctuniqueid", "acctsessionid", "会话"),
    "seen": ("seen", "last_seen", "updated", "acctupdatetime", "最后在线"),
}
_NEEDED: Final = ("address", "subscriber", "began")
_TELLING: Final = ("address", "subscriber", "ports", "first_port", "last_port")
_YES: Final = {"1", "yes", "true", "y", "是"}
_NO: Final = {"", "0", "no", "false", "n", "否"}


def columns_of(line: str) -> tuple[str, dict[str, int]] | None:
    """The separator and where each column is, if this line is a heading that can be used."""
    for separator in ",;\t":
        cells = [each.strip().strip('"').lower().replace(" ", "_").replace("-", "_") for each in line.split(separator)]
        found = {name: index for name, words in _HEADINGS.items() for index, cell in enumerate(cells) if cell in words}
        if all(name in found for name in _NEEDED):
            return separator, found
    return None


class TableReader:
    """One table, line by line."""

    def __init__(self, heading: tuple[str, dict[str, int]], clock: Clock) -> None:
        self._separator, self._columns = heading
        self._clock = clock

    def read(self, line: str) -> Iterator[Lease | Mistake]:
        """What one line says."""
        if not line.strip() or line.startswith("#"):
            return
        if '"' not in line:
            cells = line.split(self._separator)
        else:
            try:
                cells = next(csv.reader([line], delimiter=self._separator, strict=True))
            except csv.Error:
                yield Mistake(code="quoting", detail=line)
                return
        if not line.endswith("\n") and self._may_be_half(len(cells)):
            yield Mistake(code="cut", detail=line)
            return
        yield lease_of({name: cells[at].strip() for name, at in self._columns.items() if at < len(cells)}, self._clock)

    def _may_be_half(self, width: int) -> bool:
        """Whether a last line that has no end may have been longer, and then about somebody else."""
        last = width - 1
        return last < max(self._columns.values()) or last in {self._columns.get(name) for name in _TELLING}

    def end(self) -> Iterator[Lease | Mistake]:
        """Nothing is left over."""
        return iter(())


def lease_of(row: Mapping[str, str], clock: Clock) -> Lease | Mistake:
    """The lease of one row, by the names of the columns."""
    began = clock.read(row.get("began", ""))
    ended = clock.read(row["ended"]) if row.get("ended") else None
    seen = clock.read(row["seen"]) if row.get("seen") else None
    for name, moment in (("began", began), ("ended", ended), ("seen", seen)):
        if isinstance(moment, str):
            return Mistake(code=moment, detail=row.get(name, ""))
    ports = _ports(row)
    shared = row.get("shared", "").lower()
    if isinstance(ports, Mistake):
        return ports
    if shared not in _YES | _NO:
        return Mistake(code="shared", detail=shared)
    if not isinstance(began, Between):
        return Mistake(code="time-unfit", detail="")
    return leased(
        Facts(
            network=row.get("address", ""),
            subscriber=row.get("subscriber", ""),
            began=began,
            ended=ended if isinstance(ended, Between) else None,
            known_until=seen.first if isinstance(seen, Between) else None,
            ports=ports,
            is_shared=shared in _YES,
            session=row.get("session") or None,
        )
    )


def _ports(row: Mapping[str, str]) -> tuple[int, int] | Mistake | None:
    """The ports of a row; None where it names none: all of them."""
    first, last = row.get("first_port", ""), row.get("last_port", "")
    if row.get("ports"):
        first, _, last = row["ports"].replace("–", "-").partition("-")
        last = last or first
    if not first and not last:
        return None
    if not (first.strip().isdecimal() and last.strip().isdecimal()) or len(first.strip()) > 5 or len(last.strip()) > 5:
        return Mistake(code="ports", detail=f"{first}-{last}")
    return int(first), int(last)
