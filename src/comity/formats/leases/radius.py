"""Leases out of what an access server told its RADIUS server: the ``detail`` files of FreeRADIUS.

Trust:      files of our own server; a login name in them is what somebody typed.
Standards:  RFC 2866 sections 5.1 to 5.10 (Acct-Status-Type, Acct-Delay-Time, Acct-Session-Id, Acct-Session-Time), RFC 2869
            section 5.3 (Event-Timestamp), RFC 3162 and RFC 4818 (prefixes of IPv6). The line ``Timestamp`` is FreeRADIUS's own:
            when the packet came, in seconds since 1970.
Answers:    ``RadiusReader(clock)``: ``read(line)`` and ``end()`` give leases and mistakes, one for each address of a record.
Limits:     a stretch is known by access server, session and login: start, news and stop may lie in different files, in any
            order. An access server that counts its sessions anew gives the same name to somebody else's at the same address, and
            to a later one of the same login there: the store tells those apart by the end of the one before.
            Accounting-On and -Off end nothing here: a stretch without a stop is believed no longer than its last news allows.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from comity.formats.leases.clock import Between, Clock
from comity.formats.leases.terms import Facts, Mistake, leased
from comity.model.lease import Lease

_PAIR: Final = re.compile(r'\s+([A-Za-z0-9-]+)(?::\d+)?\s*(?:[:+]?=)\s*(?:"((?:[^"\\]|\\.)*)"|(.*?))\s*')
_HEAD: Final = re.compile(r"\S")
_EVENT: Final = re.compile(r"([A-Z][a-z]{2}) +(\d\d?) (\d{4}) (\d\d:\d\d:\d\d)(?: ([A-Z]{2,5}))?")
_NAMES: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS: Final = {name: number for number, name in enumerate(_NAMES, start=1)}
_STATUS: Final = {
    "start": "start",
    "1": "start",
    "stop": "stop",
    "2": "stop",
    "interim-update": "news",
    "alive": "news",
    "3": "news",
}
_ADDRESSES: Final = ("Framed-IP-Address", "Framed-IPv6-Address", "Framed-IPv6-Prefix", "Delegated-IPv6-Prefix")
_SESSION: Final = ("NAS-IP-Address", "NAS-Identifier", "Acct-Session-Id", "User-Name")
_MOST: Final = timedelta(days=3650)


class RadiusReader:
    """One ``detail`` file, line by line."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._record: dict[str, list[str]] = {}
        self._cut: str | None = None  # a last line without an end: what was to stand there may have been longer

    def read(self, line: str) -> Iterator[Lease | Mistake]:
        """What has become whole with this line."""
        pair = _PAIR.fullmatch(line.rstrip("\r\n"))
        if pair is not None and pair[2] is None and not line.endswith("\n"):
            self._cut = line.strip()
        elif pair is not None:
            self._record.setdefault(pair[1], []).append(pair[2] if pair[2] is not None else pair[3])
        elif not line.strip() or _HEAD.match(line):
            yield from self._closed()
        else:
            yield Mistake(code="pair", detail=line.strip())

    def end(self) -> Iterator[Lease | Mistake]:
        """The last record; where the file breaks off in the middle of a line, it is a mistake."""
        if self._cut is not None:
            yield Mistake(code="cut", detail=self._cut)
        else:
            yield from self._closed()

    def _closed(self) -> Iterator[Lease | Mistake]:
        record, self._record = self._record, {}
        status = _STATUS.get(_one(record, "Acct-Status-Type").lower())
        if status is None:
            return
        networks = [(name, text) for name in _ADDRESSES for text in record.get(name, ())]
        if not networks:
            return
        moment = self._moment(record)
        if isinstance(moment, str):
            yield Mistake(code=moment, detail=_one(record, "Event-Timestamp") or _one(record, "Timestamp"))
            return
        session = "\0".join(_one(record, name) for name in _SESSION)
        length = _seconds(_one(record, "Acct-Session-Time"))
        for _, network in networks:
            yield leased(
                Facts(
                    network=network,
                    subscriber=_one(record, "User-Name"),
                    began=Between(moment.first - length, moment.last - length),
                    ended=moment if status == "stop" else None,
                    known_until=moment.first,
                    session=session if _one(record, "Acct-Session-Id") else None,
                )
            )

    def _moment(self, record: dict[str, list[str]]) -> Between | str:
        """When it happened at the access server; where that is not told, when it came here less the time it waited there."""
        event = _EVENT.fullmatch(_one(record, "Event-Timestamp"))
        if event is not None and event[1] in _MONTHS:
            zone = " +00:00" if event[5] in {"UTC", "GMT"} else ""
            found = self._clock.read(f"{event[3]}-{_MONTHS[event[1]]:02}-{int(event[2]):02} {event[4]}{zone}")
            if not isinstance(found, str):
                return found
        stamp = self._clock.read(_one(record, "Event-Timestamp"))
        if not isinstance(stamp, str):
            return stamp
        came = self._clock.read(_one(record, "Timestamp"))
        if isinstance(came, str):
            return came if event is None else "zone-needed"
        waited = _seconds(_one(record, "Acct-Delay-Time"))
        return Between(came.first - waited, came.last - waited)


def _one(record: dict[str, list[str]], name: str) -> str:
    return record.get(name, [""])[0]


def _seconds(text: str) -> timedelta:
    """A length of time; none where there is none, and nothing absurd."""
    return min(timedelta(seconds=int(text)), _MOST) if text.isdecimal() and len(text) < 10 else timedelta(0)
