"""Which rows of a feed, or reports of another kind, say that a device is infected.

Trust:      input is a reading of strangers' bytes; what is taken over is text to be kept, never to be printed unescaped.
Standards:  Shadowserver's report types by name; XARF v4 ``infrastructure``; RFC 5965 for complaints; in tables of others the
            Reference Security Incident Taxonomy (``infected-system``, ``brute-force``, ``scanner``) and common words, Chinese too.
Answers:    ``sightings(reading)``: ``Found`` with the sightings, and how many reports are none by named reason.
Limits:     a sighting needs an address and a time whose zone is known. The site that a visitor of a sinkhole came from is no
            infected device, what a scan finds open is no infection, and whoever was attacked did nothing: these are
            ``not-an-infection``. So is what reached a darknet and shows no family: it may be the answer of somebody whose
            address another one forged. With a zone, all times of a table that states one for some rows only are taken to be in it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

from comity.formats.tables.rows import ASSUMED
from comity.model.feedback import FeedbackReport, Kind, Reading
from comity.model.findings import Finding
from comity.model.sighting import Sighting, SightingClass

_WORD: Final = 120
_FEED_CLASSES: Final[Mapping[str, SightingClass]] = {
    "infected": SightingClass.SINKHOLE,
    "attack": SightingClass.HONEYPOT,
    "ddos": SightingClass.HONEYPOT,
    "compromised": SightingClass.COMPROMISED,
    "infrastructure": SightingClass.PEER,
}
# What others write into the column of the kind. Who sent a flood and who suffered it has the same word: that is not among them.
_WORDS: Final[Mapping[SightingClass, str]] = {
    SightingClass.SINKHOLE: (
        "bot botnet drone botnet-drone zombie infected infection infected-system infected-host malware-infection sinkhole "
        "僵尸 僵尸网络 僵尸主机 僵尸程序 木马 木马僵尸 木马僵尸网络 僵木蠕 "
        " 蠕虫 蠕虫病毒 病毒感染 感染 感染主机 受控 受控主机 被控主机 肉鸡"
    ),
    SightingClass.HONEYPOT: (
        "brute-force bruteforce scanner scanning scan-source port-scan ssh-brute-force telnet-brute-force "
        "暴力破解 扫描 端口扫描 漏洞扫描 网络扫描"
    ),
    SightingClass.COMPROMISED: "compromised system-compromise compromised-host 失陷 失陷主机 被入侵 主机入侵",
}
_BY_WORD: Final = {word: which for which, words in _WORDS.items() for word in words.split()}
_BETWEEN: Final = str.maketrans(" _", "--")
_COMPLAINTS: Final = frozenset({Kind.ARF, Kind.JMRP, Kind.FORWARD})
_CUT: Final = "table-row-cut"  # a finding
_CUT_OFF: Final = "cut-off"  # and a reason
_NOT_WHOLE: Final = frozenset({_CUT, "table-row-limit", "size-limit"})
_UNREAD: Final = "unreadable"
_FAMILY_COLUMNS: Final = ("family", "infection", "malware_family", "malware_name", "botnet_name", "tag")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The sightings of one item; ``left`` counts the reports that are none, by reason."""

    sightings: tuple[Sighting, ...]
    left: Mapping[str, int]


def sightings(reading: Reading, source: str | None = None, zone: tzinfo | None = None) -> Found:
    """Take them out of a reading; ``source`` names whoever says it, where the item does not.

    ``zone`` is by whose clock a table writes that does not say so: without, its rows name no line, for hours off another line had
    the address.

    >>> from comity.formats import tables
    >>> row = b"timestamp,src_ip,src_port,src_asn,src_geo,family\\n2026-11-28 08:00:01,192.0.2.7,4455,64500,ZZ,mirai\\n"
    >>> seen, = sightings(tables.read(row, "2026-11-28-event4_sinkhole-x.csv")).sightings
    >>> seen.sighting_class.value, seen.address, seen.port, seen.said
    ('sinkhole', '192.0.2.7', 4455, 'mirai')
    """
    found: list[Sighting] = []
    left: Counter[str] = Counter(_CUT_OFF for each in reading.findings if each.code == _CUT)
    if (unread := _unread(reading.findings) - left[_CUT_OFF]) > 0:
        left[_UNREAD] = unread
    for each in reading.reports:
        sighting_class = class_of(reading.kind, each)
        if sighting_class is None:
            left["not-an-infection"] += 1
        elif each.source_ip is None:
            left["no-address"] += 1
        elif each.arrival_date is None:
            left["no-time"] += 1
        elif (seen := _moment(each.arrival_date, each, zone)) is None:
            left["zone-missing"] += 1
        else:
            found.append(
                Sighting(
                    sighting_class=sighting_class,
                    source=source_of(reading, each, source),
                    address=each.source_ip,
                    port=each.source_port,
                    seen=seen,
                    said=None if sighting_class is SightingClass.COMPLAINT else _family(each),
                    kind=_cut(each.reported_class),
                )
            )
    return Found(sightings=tuple(found), left=dict(left))


def breaks_off(reading: Reading) -> bool:
    """Whether a table ends in the middle of a row, or is read no further: what was to follow is not known."""
    return any(each.code in _NOT_WHOLE for each in reading.findings)


def _unread(findings: Sequence[Finding]) -> int:
    """How many rows say nothing that could be read, those that break off among them; each is named, or all are summed up."""
    summed = [int(each.detail or 0) for each in findings if each.code == "table-rows-skipped"]
    return sum(summed) or sum(each.code in {"table-row-unreadable", _CUT} for each in findings)


def source_of(reading: Reading, stated: FeedbackReport, source: str | None = None) -> str:
    """Who says it: the report's own word, else whoever handed it over."""
    return _cut(stated.reporter or source or reading.carried_from) or "unnamed"


def class_of(kind: Kind, stated: FeedbackReport) -> SightingClass | None:
    """The class of a report; None where it does not say that a device is infected."""
    if kind in _COMPLAINTS and stated.is_complaint:
        return SightingClass.COMPLAINT
    word, _, name = (stated.reported_class or "").lower().partition("/")
    if "referer" in name or "ddos_target" in name or ("darknet" in name and _family(stated) is None):
        return None
    return _FEED_CLASSES.get(word) if name else _BY_WORD.get(word.strip().translate(_BETWEEN))


def _moment(read: datetime, stated: FeedbackReport, zone: tzinfo | None) -> datetime | None:
    """When it was; None where the zone is not known, or the clock of the zone showed this hour twice."""
    if not stated.provenance.get("arrival_date", "").endswith(ASSUMED):
        return read
    local = read.replace(tzinfo=zone)
    return None if zone is None or local.utcoffset() != local.replace(fold=1).utcoffset() else local.astimezone(UTC)


def _family(stated: FeedbackReport) -> str | None:
    """The family in the source's own word, from the first column that has one."""
    cells = dict(stated.extra.items())  # a row of a table is taken apart each time that it is asked
    return next((_cut(cells[name].strip().lower()) for name in _FAMILY_COLUMNS if cells.get(name, "").strip()), None)


def _cut(text: str | None) -> str | None:
    return text[:_WORD] if text else None
