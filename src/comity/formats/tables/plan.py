"""Find out what the columns of a table are, before its rows are read.

Trust:      input is a stranger's text; a column is believed to hold addresses only where its cells are addresses.
Answers:    ``find(text, name)``: a plan and where the rows begin, or None with the finding that says why not.
Limits:     200 rows are looked at; without a header, a table is read only if every one of them agrees.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC
from itertools import islice
from typing import Final, NamedTuple

from comity.formats.tables import cells, columns, feeds
from comity.formats.tables.lines import Rows, cells_of, line_at, separator_of
from comity.formats.tables.rows import COLUMN_LIMIT, Plan
from comity.model.findings import Finding, finding

SAMPLE: Final = 200
_SAMPLE_SIZE: Final = 4 << 20
_COMMENT_LIMIT: Final = 2_000
_COMMENT: Final = re.compile(r"[ \t]*(?:#|;(?=[ \t])|//|<!--)")
_COMMENT_SIGNS: Final = re.compile(r"[ \t]*[#;/]+[ \t]*(?:format|fields|columns)?[ \t]*:?[ \t]*", re.IGNORECASE)
_BLANK_LINES: Final = re.compile(r"(?>[ \t\r]*+\n)*+")
_HAN: Final = re.compile("[\u4e00-\u9fff]")
_SINGLE_ROLES: Final[tuple[str, ...]] = (
    "protocol", "infection", "class", "uri", "domain", "report_id", "incidents", "mail_from", "message_id",
    "subject", "tlp",
)  # fmt: skip


class _Top(NamedTuple):
    """The beginning of a table: its header, if there is one, and where the rows behind it start."""

    text: str
    start: int
    separator: str
    header: list[str]
    name: str | None

    def sample(self) -> list[list[str]]:
        rows = Rows(self.text, self.start, self.separator)
        found = []
        for row in islice(rows, SAMPLE):
            found.append(row[:COLUMN_LIMIT])
            if rows.end - self.start > _SAMPLE_SIZE:
                break
        return found


class Found(NamedTuple):
    """Where the rows begin, how they are separated and read; no plan: why not."""

    plan: Plan | None
    start: int
    separator: str
    findings: list[Finding]


def find(text: str, name: str | None) -> Found:
    """Look at the beginning of a table."""
    comments, start = _comments(text)
    first, behind = line_at(text, start)
    if first[:4].lower() == "sep=" and len(first.strip()) == 5:
        separator, start = first[4], behind
        first, behind = line_at(text, start)
    else:
        separator = _best_separator(first)
    header = cells_of(first, separator)[:COLUMN_LIMIT]
    if not _has_address(header) and _is_header(header):
        return _headed(_Top(text, behind, separator, header, name))
    for comment in reversed(comments):
        separator = _best_separator(comment)
        header = cells_of(comment, separator)
        if _is_header(header) and "address" in columns.roles(header):
            return _headed(_Top(text, start, separator, header, name))
    separator = separator_of(first)
    header = cells_of(first, separator)[:COLUMN_LIMIT]
    if _has_address(header):
        return _headless(_Top(text, start, separator, [], name))
    return _headed_by_content(_Top(text, behind, separator, header, name))


def _comments(text: str) -> tuple[list[str], int]:
    """The comment lines at the beginning, without their signs, and where the first other line is."""
    comments: list[str] = []
    at = _after_blanks(text, 0)
    while at < len(text) and len(comments) < _COMMENT_LIMIT:
        line, behind = line_at(text, at)
        if not _COMMENT.match(line[:200]):
            break
        comments.append(_COMMENT_SIGNS.sub("", line[:20_000], count=1).strip())
        at = _after_blanks(text, behind)
    return comments, at


def _after_blanks(text: str, start: int) -> int:
    """The beginning of the next line that has something in it; a tab before it may be an empty first cell."""
    match = _BLANK_LINES.match(text, start)
    return match.end() if match else start


def _best_separator(line: str) -> str:
    """The separator with which most cells of a header are known words."""
    scores = {
        separator: (sum(map(len, columns.roles(cells_of(line[:200_000], separator)).values())), separator == chosen)
        for chosen in (separator_of(line[:20_000]),)
        for separator in ",;\t|"
    }
    return max(scores, key=lambda separator: scores[separator])


def _has_address(row: Sequence[str]) -> bool:
    return any(cells.address(cell) for cell in row[:100])


def _is_header(header: Sequence[str]) -> bool:
    known = columns.roles(header)
    return "address" in known or (bool(known.keys() & {"uri", "domain"}) and (len(known) > 1 or len(header) == 1))


def _headed(top: _Top) -> Found:
    """A header of known words."""
    header = top.header
    known = columns.roles(header)
    sample = top.sample()
    chosen = {role: known[role][0] for role in _SINGLE_ROLES if role in known}
    address = next((each for each in known.get("address", ()) if _holds_addresses(sample, each)), None)
    if address is not None:
        chosen["address"] = address
        port = _port_beside(header, known.get("port", []), address)
        if port is not None:
            chosen["port"] = port
    elif not chosen.keys() & {"uri", "domain"}:
        return _headed_by_content(top)
    if "time" in known:
        chosen["time"] = _time(sample, known["time"])
    if "day" in known and chosen.get("time") != known["day"][0]:
        chosen["day"] = known["day"][0]
    return Found(_plan(header, chosen, top.name), top.start, top.separator, _repeated(header))


def _repeated(header: Sequence[str]) -> list[Finding]:
    count = Counter(word for name in header if (word := name.strip().lower()))
    return [finding("table-column-repeated", word[:80]) for word, times in count.items() if times > 1][:5]


def _holds_addresses(sample: Sequence[Sequence[str]], position: int) -> bool:
    """At least half of what stands there are addresses; a table without rows is believed."""
    filled = [row[position] for row in sample if position < len(row) and not cells.is_empty(row[position])]
    return not sample or sum(cells.address(cell) is not None for cell in filled) * 2 >= max(len(filled), 1)


def _port_beside(header: Sequence[str], candidates: Sequence[int], address: int) -> int | None:
    """The port that belongs to the address: "src_port" to "src_ip", a plain "port" to a plain "ip"."""
    word = columns.plain(header[address])
    for position in candidates:
        port = columns.plain(header[position])
        if port.startswith("httpreferer") != word.startswith("httpreferer"):
            continue
        # Beside "src_ip" and a target a bare "port" is as often the attacked one: no port is better than a wrong one.
        if port in _BARE_PORTS and word.startswith(_SOURCE_WORDS) and _has_target(header):
            continue
        return position
    return None


_BARE_PORTS: Final = frozenset({"port", "portnumber", "portno", "端口", "端口号"})
_SOURCE_WORDS: Final = ("src", "source", "attack", "源", "攻击", "来源")


def _has_target(header: Sequence[str]) -> bool:
    return any(columns.plain(name).startswith(("dst", "dest", "target", "目的", "目标")) for name in header)


def _time(sample: Sequence[Sequence[str]], candidates: Sequence[int]) -> int:
    """The best-named column that has something in it."""
    for position in candidates:
        if any(position < len(row) and not cells.is_empty(row[position]) for row in sample):
            return position
    return candidates[0]


def _plan(header: Sequence[str], chosen: dict[str, int], name: str | None) -> Plan:
    feed = feeds.feed(name, header)
    stated = columns.zone(header[chosen["time"]]) if "time" in chosen else None
    clock = cells.Clock(stated or (UTC if feed.is_utc else None), any(map(_HAN.search, header)))
    labels = {role: header[position].strip()[:60] or str(position + 1) for role, position in chosen.items()}
    provenance = {name: f"column:{labels[role]}" for role, name in _FIELDS.items() if role in labels}
    return Plan(names=tuple(header), roles=chosen, feed=feed, clock=clock, provenance=provenance)


_FIELDS: Final = {
    "address": "source_ip", "port": "source_port", "time": "arrival_date", "uri": "reported_uri", "domain": "reported_domain",
    "report_id": "report_id", "mail_from": "original_mail_from", "message_id": "message_id", "subject": "subject",
}  # fmt: skip


def _columns_by_content(sample: Sequence[Sequence[str]]) -> tuple[list[int], list[int], list[int]]:
    """Which columns hold, in every row of the sample, an address, a moment, a port."""
    width = min(len(row) for row in sample)
    addresses, moments, ports = [], [], []
    for position in range(min(width, 100)):
        column = [row[position] for row in sample]
        if all(map(cells.address, column)):
            addresses.append(position)
        elif all(map(cells.port, column)):
            ports.append(position)
        elif all(cells.Clock(None).read(cell) is not None for cell in column):
            moments.append(position)
    return addresses, moments, ports


def _refused(top: _Top, addresses: Sequence[int] = ()) -> Found:
    code = "table-address-ambiguous" if len(addresses) > 1 else "table-unrecognised"
    return Found(None, top.start, top.separator, [finding(code)])


def _headless(top: _Top) -> Found:
    """No header: address, time and port are what they are in every row."""
    sample = top.sample()
    if not sample:
        return _refused(top)
    addresses, moments, ports = _columns_by_content(sample)
    if len(addresses) != 1 or len(moments) > 1:
        return _refused(top, addresses)
    chosen = {"address": addresses[0]} | ({"time": moments[0]} if moments else {})
    width = max(len(row) for row in sample)
    # A number in a wider table may as well be a count or a network: only "address, time, port" is unmistakable.
    if len(ports) == 1 and width <= 3:
        chosen["port"] = ports[0]
    header = [f"column {position + 1}" for position in range(width)]
    return Found(_plan(header, chosen, None), top.start, top.separator, [])


def _headed_by_content(top: _Top) -> Found:
    """A header of unknown words above one column of addresses."""
    header = top.header
    sample = top.sample()
    if len(header) < 2 or not sample or any(abs(len(row) - len(header)) > 1 for row in sample):
        return _refused(top)
    addresses, moments, _ = _columns_by_content([row[: len(header)] for row in sample])
    if len(addresses) != 1:
        return _refused(top, addresses)
    known = columns.roles(header)
    chosen = {role: known[role][0] for role in _SINGLE_ROLES if role in known} | {"address": addresses[0]}
    if "time" in known:
        chosen["time"] = _time(sample, known["time"])
    elif len(moments) == 1:
        chosen["time"] = moments[0]
    return Found(_plan(header, chosen, top.name), top.start, top.separator, [])
