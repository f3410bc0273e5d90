"""Which rows of a feed, or reports of another kind, say that a device is infected.

Trust:      input is a reading of strangers' bytes; what is taken over is text to be kept, never to be printed unescaped.
Standards:  Shadowserver's report types by name; XARF v4 ``infrastructure``; RFC 5965 for complaints.
Answers:    ``sightings(reading)``: ``Found`` with the sightings, and how many reports are none by named reason.
Limits:     a sighting needs an address and a time. The site that a visitor of a sinkhole came from is no infected device, what a
            scan finds open is no infection, and whoever was attacked did nothing: these are ``not-an-infection``.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from comity.model.feedback import FeedbackReport, Kind, Reading
from comity.model.sighting import Sighting, SightingClass

_WORD: Final = 120
_FEED_CLASSES: Final[Mapping[str, SightingClass]] = {
    "infected": SightingClass.SINKHOLE,
    "attack": SightingClass.HONEYPOT,
    "ddos": SightingClass.HONEYPOT,
    "compromised": SightingClass.COMPROMISED,
    "infrastructure": SightingClass.PEER,
}
_COMPLAINTS: Final = frozenset({Kind.ARF, Kind.JMRP, Kind.FORWARD})
_FAMILY_COLUMNS: Final = ("family", "infection", "malware_family", "malware_name", "botnet_name", "tag")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The sightings of one item; ``left`` counts the reports that are none, by reason."""

    sightings: tuple[Sighting, ...]
    left: Mapping[str, int]


def sightings(reading: Reading, source: str | None = None) -> Found:
    """Take them out of a reading; ``source`` names whoever says it, where the item does not.

    >>> from comity.formats import tables
    >>> row = b"timestamp,src_ip,src_port,src_asn,src_geo,family\\n2026-11-28 08:00:01,192.0.2.7,4455,64500,ZZ,mirai\\n"
    >>> seen, = sightings(tables.read(row, "2026-11-28-event4_sinkhole-x.csv")).sightings
    >>> seen.sighting_class.value, seen.address, seen.port, seen.said
    ('sinkhole', '192.0.2.7', 4455, 'mirai')
    """
    found: list[Sighting] = []
    left: Counter[str] = Counter()
    for each in reading.reports:
        sighting_class = class_of(reading.kind, each)
        if sighting_class is None:
            left["not-an-infection"] += 1
        elif each.source_ip is None:
            left["no-address"] += 1
        elif each.arrival_date is None:
            left["no-time"] += 1
        else:
            found.append(
                Sighting(
                    sighting_class=sighting_class,
                    source=source_of(reading, each, source),
                    address=each.source_ip,
                    port=each.source_port,
                    seen=each.arrival_date,
                    said=None if sighting_class is SightingClass.COMPLAINT else _family(each),
                    kind=_cut(each.reported_class),
                )
            )
    return Found(sightings=tuple(found), left=dict(left))


def source_of(reading: Reading, stated: FeedbackReport, source: str | None = None) -> str:
    """Who says it: the report's own word, else whoever handed it over."""
    return _cut(stated.reporter or source or reading.carried_from) or "unnamed"


def class_of(kind: Kind, stated: FeedbackReport) -> SightingClass | None:
    """The class of a report; None where it does not say that a device is infected."""
    if kind in _COMPLAINTS and stated.is_complaint:
        return SightingClass.COMPLAINT
    word, _, name = (stated.reported_class or "").lower().partition("/")
    if "referer" in name or "ddos_target" in name:
        return None
    return _FEED_CLASSES.get(word)


def _family(stated: FeedbackReport) -> str | None:
    """The family in the source's own word, from the first column that has one."""
    cells = dict(stated.extra.items())  # a row of a table is taken apart each time that it is asked
    return next((_cut(cells[name].strip().lower()) for name in _FAMILY_COLUMNS if cells.get(name, "").strip()), None)


def _cut(text: str | None) -> str | None:
    return text[:_WORD] if text else None
