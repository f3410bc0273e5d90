"""Read the operator's list of what is ours: address ranges and domains, with the customer behind each.

Trust:      the operator's own file, from a spreadsheet or an IPAM export; a list that is wrong makes wrong cases, so every
            line counts: one that cannot be read is an error, never skipped.
Answers:    ``read_own(data, name)`` gives ``Own(holdings, mistakes)``; it raises nothing.
Limits:     CSV (comma, semicolon or tab), with or without a heading of ``prefix``, ``domain``, ``customer``, ``contact`` in any
            order, or a plain list. Each first cell says by its look what it is: a prefix, a range ``A - B`` or a domain.
            UTF-8, UTF-16 with a mark, or GB 18030, because spreadsheets in China write that. ``#`` begins a remark.
"""

import csv
import re
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from comity.model.holding import Holding

_HEADINGS: Final = {
    "prefix": ("prefix", "network", "cidr", "range", "address", "ip", "subnet", "前缀", "网段", "地址段", "ip地址"),
    "domain": ("domain", "dkim_domain", "dkim domain", "域名"),
    "customer": ("customer", "name", "client", "owner", "account", "客户", "客户名称", "用户", "名称"),
    "contact": ("contact", "email", "e-mail", "mail", "联系人", "联系方式", "邮箱"),
}
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_MOST_V4: Final = 8  # a prefix shorter than this is a slip of the finger: nobody holds a sixteenth of the Internet
_MOST_V6: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A line that could not be read: ``code`` stands in the catalogue, ``text`` is what stood there, ``advice`` a better form."""

    place: str
    code: str
    text: str
    advice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """All lines of one file."""

    holdings: tuple[Holding, ...]
    mistakes: tuple[Mistake, ...]


def read_own(data: bytes, name: str) -> Own:
    """Read one file; ``name`` is how to call it in ``place``.

    >>> read_own(b"192.0.2.0/24,Example Hosting", "own.csv").holdings[0].customer
    'Example Hosting'
    """
    text = _decode(data)
    if text is None:
        return Own(holdings=(), mistakes=(Mistake(place=name, code="own-charset", text=""),))
    holdings: list[Holding] = []
    mistakes: list[Mistake] = []
    columns: dict[str, int] | None = None
    for number, cells in _rows(text):
        if columns is None:
            columns = _heading(cells)
            if columns is not None:
                continue
            columns = {"prefix": 0, "customer": 1, "contact": 2}
        answer = _line(cells, columns, f"{name}:{number}")
        if isinstance(answer, Mistake):
            mistakes.append(answer)
        elif answer is not None:
            holdings.append(answer)
    mistakes += _contradictions(holdings)
    return Own(holdings=tuple(holdings), mistakes=tuple(mistakes))


def _decode(data: bytes) -> str | None:
    charsets = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    for charset in charsets:
        try:
            return data.decode(charset)
        except UnicodeDecodeError:
            continue
    return None


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """(line number, cells) of every line that says something. One line is one row: no cell of ours spans lines."""
    lines = text.splitlines()
    said = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    sample = said[0] if said else ""
    delimiter = max(",;\t", key=sample.count)
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))
        except (csv.Error, StopIteration):
            cells = line.split(delimiter)
        rows.append((number, [cell.strip() for cell in cells]))
    return rows


def _heading(cells: list[str]) -> dict[str, int] | None:
    """Which column is which, if this row is a heading."""
    found: dict[str, int] = {}
    for index, cell in enumerate(cells):
        for meaning, names in _HEADINGS.items():
            if cell.lower() in names:
                found.setdefault(meaning, index)
    return found if "prefix" in found or "domain" in found else None


def _line(cells: list[str], columns: dict[str, int], place: str) -> Holding | Mistake | None:
    def cell(meaning: str) -> str | None:
        index = columns.get(meaning)
        value = cells[index] if index is not None and index < len(cells) else ""
        return value.partition(" #")[0].strip() or None

    name = cell("prefix") or cell("domain")
    customer, contact = cell("customer"), cell("contact")
    if name is None:
        if customer is None and contact is None:
            return None
        return Mistake(place=place, code="own-empty", text=",".join(cells))
    if re.fullmatch(r"[0-9.]+(?:/[0-9]*)?", name) or ":" in name or re.match(r"[0-9.]+ *-", name):
        found = _range(name, place)
        return replace(found, customer=customer, contact=contact) if isinstance(found, Holding) else found
    domain = _domain(name)
    if domain is None:
        return Mistake(place=place, code="own-neither", text=name)
    return Holding(name=name, place=place, customer=customer, contact=contact, domain=domain)


def _range(name: str, place: str) -> Holding | Mistake:
    first, dash, last = (part.strip() for part in name.partition("-"))
    try:
        if dash:
            low, high = ip_address(first), ip_address(last)
            if low.version != high.version or int(low) > int(high):
                return Mistake(place=place, code="own-range", text=name, advice=f"{last} - {first}")
            bounds = low.version, int(low), int(high)
        else:
            network = ip_network(name)
            bounds = network.version, int(network[0]), int(network[-1])
    except ValueError:
        return _refused(name, place)
    size = bounds[2] - bounds[1] + 1
    if size > 1 << (32 - _MOST_V4 if bounds[0] == 4 else 128 - _MOST_V6):
        return Mistake(place=place, code="own-too-wide", text=name)
    return Holding(name=name, place=place, version=bounds[0], first=bounds[1], last=bounds[2])


def _refused(name: str, place: str) -> Mistake:
    try:
        wider: IPv4Network | IPv6Network = ip_network(name, strict=False)
    except ValueError:
        return Mistake(place=place, code="own-prefix", text=name)
    return Mistake(place=place, code="own-host-bits", text=name, advice=str(wider))


def _domain(name: str) -> str | None:
    """The domain in lower-case ASCII; ``*.`` and ``@`` before it and a dot behind it are taken off."""
    text = name.lower().removeprefix("*.").removeprefix("@").rstrip(".")
    if not text.isascii():
        try:
            text = text.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    labels = text.split(".")
    if len(text) > 253 or len(labels) < 2 or labels[-1].isdigit():
        return None
    return text if all(_LABEL.fullmatch(label) for label in labels) else None


def _contradictions(holdings: list[Holding]) -> list[Mistake]:
    """The same range or domain twice, with two customers."""
    seen: dict[tuple[object, ...], Holding] = {}
    mistakes = []
    for holding in holdings:
        before = seen.setdefault((holding.version, holding.first, holding.last, holding.domain), holding)
        if before.customer != holding.customer:
            mistakes.append(Mistake(place=holding.place, code="own-twice", text=holding.name, advice=before.place))
    return mistakes
