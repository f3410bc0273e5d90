"""The other values of a notice: port, time, links, domains, its number.

Trust:      a stranger's claims.
Answers:    one function for each value; absent is None or an empty tuple.
Limits:     a time without a zone is not a moment and is left out; 50 links; a link whose host was blacked out is none.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Final

from comity.formats.clues import addresses, names, occasion, times
from comity.formats.dialects.notices.facts import Facts, bracketed_links
from comity.model.findings import Finding, finding

_PORT_LABELS: Final = (
    "source port", "src port", "srcport", "source ip port", "infringer's port", "infringers port", "infringer port",
    "client port", "remote port", "port id",
    "源端口", "攻击端口号", "来源端口",
)  # fmt: skip
_TIME_LABELS: Final = (
    "event time", "event date", "incident time", "incident date", "attack time", "attack date", "time of attack",
    "time of incident", "date/time", "date time", "datetime",
    "recent infringement timestamp", "last infringement timestamp", "initial infringement timestamp",
    "infringement timestamp", "timestamp", "time stamp", "time",
    "date and time", "date", "last seen", "first seen", "tested on", "detected", "detected on", "detection time",
    "seen", "received date", "arrival date",
    "攻击时间", "发生时间", "事件时间", "发现时间", "检测时间", "时间", "日期", "首次发现时间", "最近发现时间",
)  # fmt: skip
_TIME_PATHS: Final = (
    "source/timestamp", "incident/timestamp", "incident/date", "item/timestamp", "timestamp", "event_time", "date"
)  # fmt: skip
_TIME_COLUMNS: Final = ("date", "time", "timestamp", "date/time", "时间")
_URL_LABELS: Final = (
    "url", "uri", "urls", "reported url", "reported uri", "phishing url", "phishing uri", "malware url",
    "malicious url", "infringing url", "infringing urls", "offending url",
    "abuse url", "download link", "source", "链接", "网址", "钓鱼网址", "钓鱼链接", "违规链接", "侵权链接",
    "恶意链接", "url地址",
)  # fmt: skip
_URL_PATHS: Final = ("source/url", "item/url", "url_info@url", "incident/url", "url")
_DOMAIN_LABELS: Final = (
    "domain", "reported domain", "domain name", "phishing domain", "malicious domain", "offending domain",
    "域名", "违规域名", "涉事域名", "钓鱼域名",
)  # fmt: skip
_ID_LABELS: Final = (
    "report id", "notice id", "case id", "case number", "incident id", "ticket id", "ticket", "reference",
    "reference number", "case reference", "ref", "case", "issue id",
    "编号", "事件编号", "案件编号", "通知编号", "工单号",
)  # fmt: skip
_MOST: Final = 50


def port(facts: Facts, is_peer_to_peer: bool) -> int | None:
    """The source port: by a label or element that says so; a bare "Port" is the attacked service, save in peer-to-peer notices."""
    value = facts.leaf("source/port", "source_port", "src_port")
    if value is None:
        wanted = (*_PORT_LABELS, "port") if is_peer_to_peer else _PORT_LABELS
        value = next((label.value for label in facts.labelled(wanted)), None)
    number = int(value) if value and value.isdecimal() and len(value) < 6 else 0
    return number if 0 < number < 65536 else None


def moment(
    facts: Facts, address: str | None, now: datetime | None
) -> tuple[datetime | None, str | None, tuple[Finding, ...]]:
    """When it happened: (moment, rule, findings); without a label the time on a line with the address, or the only one there is."""
    zoneless: str | None = None
    for value, rule in _times(facts):
        found = times.find(value[:200], now)
        if found and found[0].moment is not None:
            return found[0].moment, rule, ()
        if found and zoneless is None:
            zoneless = rule
    told, _ = occasion.of(
        facts.text, address or "", clues=addresses.find(facts.text), moments=times.find(facts.text, now)
    )
    if told is not None:
        return told, "text", ()
    return None, None, (finding("date-without-zone", zoneless),) if zoneless else ()


def _times(facts: Facts) -> Iterator[tuple[str, str]]:
    value = facts.leaf(*_TIME_PATHS)
    if value:
        yield value, "xml:timestamp"
    for row in facts.rows[:1]:
        for column in _TIME_COLUMNS:
            if column in row:
                yield row[column], f"column:{column}"
    for label in facts.labelled(_TIME_LABELS):
        yield label.value, f"label:{label.name}"


def links(facts: Facts) -> tuple[str, ...]:
    """The reported links, each once."""
    found: dict[str, None] = {}
    for leaf in facts.leaves:
        if leaf.path in _URL_PATHS:
            found.update(_link(leaf.value))
    for row in facts.rows:
        found.update(_link(row.get("url", "")))
    for label in facts.labelled(_URL_LABELS):
        found.update(_link(label.value))
    for link in islice(bracketed_links(facts), _MOST):
        found.update(_link(link))
    return tuple(found)[:_MOST]


def _link(value: str) -> dict[str, None]:
    for name in names.find(value[:2100]):
        if name.what == "url" and name.offset < 3 and "." in (names.host_of(name.value) or ""):
            return {name.value: None}
    return {}


def domains(facts: Facts) -> tuple[str, ...]:
    """The reported domains, each once, lower case."""
    said = [label.value for label in facts.labelled(_DOMAIN_LABELS)] + [row.get("domain", "") for row in facts.rows]
    clean = (value.strip().strip(".").lower() for value in said)
    return tuple(dict.fromkeys(each for each in clean if "." in each and " " not in each and len(each) < 254))[:_MOST]


def number(facts: Facts) -> str | None:
    """The provider's own number of this notice."""
    value = facts.leaf("case/id", "incident/id") or next((label.value for label in facts.labelled(_ID_LABELS)), None)
    return value if value and len(value) <= 100 and not any(each.isspace() for each in value) else None
