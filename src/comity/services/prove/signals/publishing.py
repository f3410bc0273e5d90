"""Which signals stand on our lists now, and the files of these lists.

Trust:      texts may hold a peer's words: they are made safe for every format. What somebody may not see (TLP) is in no file.
Standards:  RFC 5782 (lists over the DNS), RFC 1912 section 2.2 (serials), RFC 4180 (CSV), TLP 2.0.
Answers:    ``on_lists(rows, audience, now)`` gives signals in force; ``files(found, place, now)`` name and bytes of each file, the
            same bytes for the same signals and the same time.
Limits:     a cell of the CSV that a spreadsheet would take for a formula begins with an apostrophe.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, Protocol

from comity.accord.signals import rules
from comity.accord.signals.rules import Audience
from comity.formats.cells import cell
from comity.formats.dnsbl import zones
from comity.formats.dnsbl.entries import TEXT, safe_text
from comity.formats.dnsbl.zones import Sort, Zone
from comity.model.signal import Entry, Kept

INDEX: Final = "index.json"
CSV: Final = "signals.csv"
_COLUMNS: Final = (
    *("list", "subject", "answer", "kind", "issuer", "signal", "classes", "first_seen", "last_seen", "tlp", "begins"),
    *("ends", "reference", "contact", "reason_en", "reason_zh", "adopted_by", "adopted_why"),
)
_CODES_AGAINST: Final = tuple(sorted({rules.GENERAL_CODE, *rules.CODES.values(), 10}))
_CODES_FOR: Final = (11, 12)


class KeptRows(Protocol):
    """Rows of signals."""

    def all(self, *, after: datetime | None = None) -> Sequence[Kept]:
        """Every signal, or those that end after a moment."""


class KeptTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def signals(self) -> KeptRows:
        """What networks say of others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPlace:
    """Where lists are published, and what stands at their top."""

    zone: str  # the lists are bl.ZONE, bl6.ZONE, bl-domains.ZONE ...
    servers: tuple[str, ...]
    hostmaster: str
    ttl: int
    address: str  # to ask why
    why: str | None = None  # the address of a page; the reference is put behind it


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    name: str
    sort: Sort
    against: bool
    campaigns: bool = False


LISTS: Final = (
    _List(name="bl", sort=Sort.V4, against=True),
    _List(name="bl6", sort=Sort.V6, against=True),
    _List(name="bl-domains", sort=Sort.NAMES, against=True),
    _List(name="bl-campaigns", sort=Sort.NAMES, against=True, campaigns=True),
    _List(name="wl", sort=Sort.V4, against=False),
    _List(name="wl6", sort=Sort.V6, against=False),
    _List(name="wl-domains", sort=Sort.NAMES, against=False),
)


def on_lists(rows: KeptTransaction, audience: Audience, now: datetime) -> list[Kept]:
    """Signals that are in force now, and that such readers may see."""
    found = [
        each
        for each in rows.signals.all(after=now)
        if rules.standing(each, now) is None and rules.may_see(audience, each.signal.tlp)
    ]
    return sorted(found, key=lambda each: (each.signal.subject, each.signal.issuer, each.signal.signal_id))


def files(
    found: Sequence[Kept], place: ListPlace, audience: Audience, *, now: datetime, before: bytes | None = None
) -> dict[str, bytes]:
    """Name and bytes of every file. ``before`` is the index that stands: what is published twice in a second, or after the clock
    was put back, is newer all the same for whoever compares serial numbers (RFC 1982)."""
    serial = max(int(now.timestamp()), _serial(before) + 1) & 0xFFFFFFFF
    made: dict[str, bytes] = {CSV: _csv(found, place)}
    index = []
    for each in LISTS:
        entries = _entries(found, each, place)
        zone = Zone(
            name=f"{each.name}.{place.zone}",
            servers=place.servers,
            hostmaster=place.hostmaster,
            serial=serial,
            ttl=place.ttl,
        )
        codes = _CODES_AGAINST if each.against else _CODES_FOR
        names = {"rbldnsd": f"{each.name}.{each.sort.value}", "bind": f"{each.name}.zone"}
        made[names["rbldnsd"]] = zones.rbldnsd(each.sort, entries, zone, codes=codes)
        made[names["bind"]] = zones.bind(each.sort, entries, zone, codes=codes)
        index.append({"zone": zone.name, "sort": each.sort.value, "entries": len(entries), **names})
    says = {"audience": audience.value, "serial": serial, "content": content(found, place, audience), "lists": index}
    made[INDEX] = (json.dumps(says, indent=1, sort_keys=True) + "\n").encode()
    return made


def content(found: Sequence[Kept], place: ListPlace, audience: Audience) -> str:
    """What is on the lists, as one hash: the same as long as nothing changed but the time."""
    said = sha256(f"{audience.value}\n{place}\n".encode())
    for each in found:
        adoption = each.adoption
        said.update(f"{each.note}\n{adoption.reference if adoption else ''}\n".encode())
    return said.hexdigest()


def is_published(index: bytes | None, wanted: str) -> bool:
    """Whether an index of files says that these are the very lists."""
    try:
        return index is not None and json.loads(index).get("content") == wanted
    except (ValueError, AttributeError):
        return False


def _serial(index: bytes | None) -> int:
    """The serial number of an index; nought where it has none."""
    try:
        found = json.loads(index or b"").get("serial")
    except (ValueError, AttributeError):
        return 0
    return found if isinstance(found, int) and 0 <= found < 1 << 32 else 0


def text_of(kept: Kept, place: ListPlace) -> str:
    """The text beside an answer: why, and where to ask; the reference is never cut off."""
    reference, ask = _reference(kept)
    address = place.address if ask else kept.signal.contact
    where = f"{place.why}{reference}" if place.why is not None and ask else f"write to {address} and cite {reference}"
    end = safe_text(f" ({kept.signal.issuer}); {where}")
    return safe_text(kept.signal.reason["en"], max(TEXT - len(end), 0)) + end[-TEXT:]


def _reference(kept: Kept) -> tuple[str, bool]:
    """What the affected cites, and whether it is us whom it asks: what we list, we answer for."""
    adoption = kept.adoption
    if adoption is not None and adoption.reference is not None:
        return adoption.reference, True
    return kept.signal.reference, kept.is_ours


def _entries(found: Iterable[Kept], wanted: _List, place: ListPlace) -> list[Entry]:
    entries = []
    for each in found:
        subject = rules.subject_of(each.signal.subject)
        if subject is None or each.signal.kind.is_against is not wanted.against:
            continue
        sort = rules.sort_of(subject)
        fits = {
            "network": not isinstance(subject, str) and wanted.sort is _SORTS[subject.version],
            "campaign": wanted.campaigns,
        }
        if not fits.get(sort, wanted.sort is Sort.NAMES and not wanted.campaigns):
            continue
        if isinstance(subject, str) and sort == "campaign":
            subject = _label(subject)
        entries.append(Entry(subject=subject, code=rules.code_of(each.signal), text=text_of(each, place)))
    return entries


_SORTS: Final[Mapping[int, Sort]] = {4: Sort.V4, 6: Sort.V6}


def _label(campaign: str) -> str:
    """A fingerprint as a name: 64 signs are one more than a label of the DNS holds, so that it is two labels.

    >>> _label("campaign:" + "0123456789abcdef" * 4)[-32:]
    '0123456789abcdef0123456789abcdef'
    """
    digest = campaign.removeprefix(rules.CAMPAIGN)
    return f"{digest[:32]}.{digest[32:]}"


def _csv(found: Sequence[Kept], place: ListPlace) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for each in found:
        signal, adoption = each.signal, each.adoption
        reference, ask = _reference(each)
        row: tuple[str, ...] = (
            "bl" if signal.kind.is_against else "wl",
            signal.subject,
            f"127.0.0.{rules.code_of(signal)}",
            signal.kind.value,
            signal.issuer,
            signal.signal_id,
            " ".join(f"{name}={number}" for name, number in sorted(signal.classes.items())),
            f"{signal.first_seen:%Y-%m-%dT%H:%M:%SZ}",
            f"{signal.last_seen:%Y-%m-%dT%H:%M:%SZ}",
            signal.tlp.value,
            f"{max(signal.begins, adoption.begins if adoption else signal.begins):%Y-%m-%dT%H:%M:%SZ}",
            f"{min(signal.ends, adoption.until if adoption else signal.ends):%Y-%m-%dT%H:%M:%SZ}",
            reference,
            place.address if ask else signal.contact,
            signal.reason["en"],
            signal.reason["zh"],
            (f"rule {adoption.rule_id}" if adoption.rule_id is not None else adoption.by) if adoption else "",
            adoption.why if adoption else "",
        )
        writer.writerow([cell(value) for value in row])
    return out.getvalue().encode()
