"""Read tables of address ranges: whose network, registered where, used where.

Trust:      the files are the operator's choice, their content is strangers': every line is checked, nothing is guessed.
Standards:  RFC 4180 for quotes; the "delegated-extended" statistics of the regional registries; IPv4 and IPv6 in all of them.
Answers:    ``SourceReader.read(line)`` gives ``Entry``, ``Mistake``, or None for a line that says nothing (remark, summary, range
            that belongs to nobody). The shape is told by the first line that says something:
            START,END,ASN,NAME · START,END,COUNTRY · START⇥END⇥ASN⇥COUNTRY⇥NAME · REGISTRY|COUNTRY|TYPE|START|VALUE|DATE|STATUS|...
Limits:     one line at a time, of at most ``LINE_LIMIT`` characters; a quoted name does not go over several lines.
"""

import csv
import re
from datetime import date
from enum import StrEnum
from ipaddress import AddressValueError, IPv6Address
from typing import Final, NamedTuple

LINE_LIMIT: Final = 2000
NAME_LIMIT: Final = 200
_ASN_LAST: Final = 2**32 - 1
_ASN: Final = re.compile(r"(?:AS)?([0-9]{1,10})", re.IGNORECASE | re.ASCII)
_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)
# What the tables write where there is no country.
_NO_COUNTRY: Final = frozenset({"", "-", "ZZ", "XX", "NONE"})
_GIVEN_OUT: Final = frozenset({"allocated", "assigned"})
_HELD_BACK: Final = frozenset({"available", "reserved"})
_REGISTRIES: Final = frozenset({"afrinic", "apnic", "arin", "lacnic", "ripencc", "iana", "nro"})


class TableShape(StrEnum):
    """What sort of table a file is."""

    NETWORKS = "networks"  # START,END,ASN,NAME
    COUNTRIES = "countries"  # START,END,COUNTRY
    ROUTES = "routes"  # START, END, ASN, COUNTRY, NAME between tabs; the country is that of the registrant
    DELEGATIONS = "delegations"  # of a regional registry; the country is that of the registrant


class Entry(NamedTuple):
    """What one line says about one range of addresses (both ends belong to it)."""

    version: int
    first: int
    last: int
    asn: int | None = None
    name: str | None = None
    registrant_country: str | None = None
    location_country: str | None = None


class Mistake(NamedTuple):
    """Why a line cannot be read: ``code`` is one of ``MISTAKES``, ``detail`` the cell that is wrong."""

    code: str
    detail: str


MISTAKES: Final = ("shape", "columns", "address", "order", "asn", "country", "size", "status", "long", "text")


class _UnfitError(Exception):
    """A cell does not fit; never leaves this module."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.mistake = Mistake(code, detail[:80])


class SourceReader:
    """Reads one file, line by line; ``shape`` and ``stated`` (the date in the file) are known once their lines have passed.

    >>> reader = SourceReader()
    >>> reader.read("192.0.2.0,192.0.2.255,64500,West")
    Entry(version=4, first=3221225984, last=3221226239, asn=64500, name='West', registrant_country=None, location_country=None)
    >>> reader.read("192.0.2.0,192.0.2.999,64500,West")
    Mistake(code='address', detail='192.0.2.999')
    """

    def __init__(self, *, country_is_registrant: bool = False) -> None:
        """``country_is_registrant``: what a plain table of countries means; elsewhere the table itself says it."""
        self.shape: TableShape | None = None
        self.stated: date | None = None
        self._is_registrant = country_is_registrant

    def read(self, line: str) -> Entry | Mistake | None:
        """Read one line, with or without its end."""
        if len(line) > LINE_LIMIT:
            return Mistake("long", str(len(line)))
        line = line.rstrip("\r\n")
        if not line or line.isspace() or line[0] == "#":
            return None
        try:
            if self.shape is None:
                self.shape = _shape_of(line)
            if self.shape is TableShape.NETWORKS:
                return _network(line)
            if self.shape is TableShape.COUNTRIES:
                return _country_range(line, is_registrant=self._is_registrant)
            if self.shape is TableShape.ROUTES:
                return _route(line)
            if self.shape is TableShape.DELEGATIONS:
                return self._delegation(line)
        except _UnfitError as unfit:
            return unfit.mistake
        return Mistake("shape", line[:80])

    def _delegation(self, line: str) -> Entry | None:
        cells = line.split("|")
        if len(cells) >= 6 and cells[-1] == "summary":
            return None
        if cells[0][:1].isdigit() and len(cells) == 7:  # VERSION|REGISTRY|SERIAL|RECORDS|STARTDATE|ENDDATE|UTCOFFSET
            self.stated = _compact_date(cells[5]) or _compact_date(cells[2])
            return None
        if len(cells) < 7:
            raise _UnfitError("columns", str(len(cells)))
        kind, status = cells[2], cells[6]
        if status not in _GIVEN_OUT and status not in _HELD_BACK:
            raise _UnfitError("status", status)
        if kind == "asn" or status in _HELD_BACK:
            return None
        version, first = _address(cells[3])
        if kind != f"ipv{version}":
            raise _UnfitError("address", cells[3])
        if not cells[4].isascii() or not cells[4].isdigit() or len(cells[4]) > 10:
            raise _UnfitError("size", cells[4])
        value = int(cells[4])
        if version == 6 and value > 128:
            raise _UnfitError("size", cells[4])
        last = first + (value if version == 4 else 1 << 128 - value) - 1
        if last < first or last >= 1 << (32 if version == 4 else 128):
            raise _UnfitError("size", cells[4])
        country = _country(cells[1])
        return Entry(version, first, last, registrant_country=country) if country else None


def _shape_of(line: str) -> TableShape | None:
    """Told by the separators: no file is named as it should be."""
    bars = line.split("|")
    if len(bars) >= 6 and (bars[0] in _REGISTRIES or (bars[0][:1].isdigit() and bars[1] in _REGISTRIES)):
        return TableShape.DELEGATIONS
    if line.count("\t") >= 4:
        return TableShape.ROUTES
    return {3: TableShape.COUNTRIES, 4: TableShape.NETWORKS}.get(len(_cells(line)))


def _cells(line: str) -> list[str]:
    if '"' not in line:
        return line.split(",")
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        raise _UnfitError("text", line) from None


def _network(line: str) -> Entry | None:
    cells = _cells(line)
    if len(cells) != 4:
        raise _UnfitError("columns", str(len(cells)))
    version, first, last = _ends(cells)
    asn = _number(cells[2])
    return Entry(version, first, last, asn, _name(cells[3])) if asn else None


def _country_range(line: str, *, is_registrant: bool) -> Entry | None:
    cells = _cells(line)
    if len(cells) != 3:
        raise _UnfitError("columns", str(len(cells)))
    version, first, last = _ends(cells)
    country = _country(cells[2])
    if country is None:
        return None
    if is_registrant:
        return Entry(version, first, last, registrant_country=country)
    return Entry(version, first, last, location_country=country)


def _route(line: str) -> Entry | None:
    cells = line.split("\t", 4)
    if len(cells) != 5:
        raise _UnfitError("columns", str(len(cells)))
    version, first, last = _ends(cells)
    asn, country = _number(cells[2]), _country(cells[3])
    return Entry(version, first, last, asn, _name(cells[4]), country) if asn else None  # 0: routed by nobody


def _ends(cells: list[str]) -> tuple[int, int, int]:
    version, first = _address(cells[0])
    other, last = _address(cells[1])
    if other != version or last < first:
        raise _UnfitError("order", f"{cells[0]} {cells[1]}")
    return version, first, last


def _address(text: str) -> tuple[int, int]:
    """Version and number of an address, written as such tables write it: nothing around it, no zone, nothing embedded."""
    parts = text.split(".")
    if len(parts) == 4:
        number = 0
        for part in parts:
            if not (0 < len(part) < 4 and part.isascii() and part.isdigit()) or (part[0] == "0" != part):
                raise _UnfitError("address", text)
            octet = int(part)
            if octet > 255:
                raise _UnfitError("address", text)
            number = number << 8 | octet
        return 4, number
    try:
        if "%" not in text and len(text) < 46:
            return 6, int(IPv6Address(text))
    except (AddressValueError, ValueError):
        pass
    raise _UnfitError("address", text)


def _number(text: str) -> int:
    """The number of a network; 0 where there is none."""
    match = _ASN.fullmatch(text.strip())
    if match is None:
        if text.strip() in ("", "-", "NA"):
            return 0
        raise _UnfitError("asn", text)
    number = int(match[1])
    if number > _ASN_LAST:
        raise _UnfitError("asn", text)
    return number


def _country(text: str) -> str | None:
    word = text.strip().upper()
    if word in _NO_COUNTRY:
        return None
    if not _COUNTRY.fullmatch(word):
        raise _UnfitError("country", text)
    return word


def _name(text: str) -> str | None:
    """A name on one line; a sign that no page could show (the tables have some) is replaced."""
    name = " ".join(text.split())[:NAME_LIMIT]
    if not name.isprintable():
        name = "".join(each if each.isprintable() else "\ufffd" for each in name)
    return name or None


def _compact_date(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text[:4]}-{text[4:6]}-{text[6:8]}") if len(text) == 8 else None
    except ValueError:
        return None
