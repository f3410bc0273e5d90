"""Read a complaint that a person wrote in their own words, in English or Chinese.

Trust:      everything found is a suggestion for a person; only an address that nothing contradicts is given as the source.
Answers:    ``read(message, context)``: a Reading of kind PROSE with one one, None where the text is no complaint.
Limits:     200,000 characters, 2,000 lines, 200 suggestions; words are weighed by plain rules (``clues.complaint``).
"""

from types import MappingProxyType
from typing import Final

from comity.formats import arf, ip
from comity.formats.clues import addresses, classes, complaint, desk, occasion, times
from comity.formats.clues.addresses import Address
from comity.formats.clues.automatic import is_bulk
from comity.formats.clues.complaint import Weight
from comity.formats.clues.levelled import level
from comity.formats.clues.suggestions import suggest
from comity.formats.dialects.context import Context
from comity.formats.mime import Part, first_address
from comity.formats.plain_text import read_text
from comity.model.feedback import FeedbackReport, Kind, Reading
from comity.model.findings import Finding, finding

_ADDRESSED: Final = 3  # weight that is enough at a desk for abuse
_WITH_EVIDENCE: Final = 3  # elsewhere, with an address in the text
_ALONE: Final = 5  # elsewhere, with words alone
_BULK: Final = 2  # more, where the mail says of itself that it goes to many
_TYPES: Final = {"spam": "abuse", "phishing": "fraud", "malware": "virus"}


def read(message: Part, context: Context) -> Reading | None:
    """Read one complaint."""
    shown = read_text(message)
    subject = message.headers.decoded("subject") or ""
    weight = complaint.weigh(f"{subject}\n{shown.text}")
    recourse = complaint.asks_recourse(f"{subject}\n{shown.text}")
    if not weight.total and not recourse:
        return None
    levelled = level(f"{subject[:500]}\n\n{shown.text}")
    found = addresses.find(levelled.text)
    addressed = desk.is_addressed(message.headers)
    if not _is_complaint(message, weight, found, addressed=addressed) and not (recourse and addressed):
        return None
    notes: tuple[Finding, ...] = (finding("text-limit"),) if shown.cut else ()
    one, remarks = _one(message, shown.text, context, recourse=recourse)
    why = "why.prose-recourse" if recourse else "why.prose"
    return arf.carried(message, Kind.PROSE, why, (one,), (*notes, *remarks))


def _is_complaint(message: Part, weight: Weight, found: list[Address], *, addressed: bool) -> bool:
    """Plain rules: enough is said for where it was sent; elsewhere than at a desk it must point at the reader, too."""
    more = _BULK if is_bulk(message.headers) else 0
    if addressed and not weight.ideas.isdisjoint({"wrongdoing", "report"}):
        return weight.total >= _ADDRESSED + more
    evidence = any(not ip.is_private(each.address) and each.confidence > 0.1 for each in found)
    return weight.points_at_reader and weight.total >= (_WITH_EVIDENCE if evidence else _ALONE) + more


def _one(message: Part, text: str, context: Context, *, recourse: bool) -> tuple[FeedbackReport, tuple[Finding, ...]]:
    headers = message.headers
    subject = headers.decoded("subject") or ""
    levelled = level(text)
    taken = complaint.takes_back(f"{subject}\n{text}")
    about = "recourse" if recourse else classes.about(subject, text) or "other"
    clues = addresses.find(levelled.text)
    clue = None if recourse else _source(message, clues, subject)
    moment, port = occasion.of(
        levelled.text, clue.address if clue else "", clues=clues, moments=times.find(levelled.text, context.now)
    )
    provenance = {"source_ip": "prose" if clue else None, "arrival_date": "prose" if moment else None}
    one = FeedbackReport(
        feedback_type=None if recourse else "not-spam" if taken else _TYPES.get(about, "other"),
        is_complaint=not (recourse or taken),
        source_ip=clue.address if clue else None,
        source_ip_from="prose" if clue else None,
        source_port=port if clue else None,
        arrival_date=moment,
        reported_class=f"prose/{about}",
        reporter=first_address(headers.first("from") or ""),
        provenance=MappingProxyType({key: value for key, value in provenance.items() if value}),
        suggestions=suggest(levelled, context.now, desk.own_mailboxes(headers)),
    )
    notes = (finding("suggestion", None, str(len(one.suggestions))),) if one.suggestions else ()
    return one, notes if clue or recourse else (*notes, finding("address-unknown"))


def _source(message: Part, in_text: list[Address], subject: str) -> Address | None:
    """The one address that can be meant; the writer's own, as its way here shows it, is none."""
    own = {address for value in message.headers.all("received")[:30] for _, address in ip.find(value[:2000])}
    in_subject = {each.address for each in addresses.find(level(subject[:500]).text) if not ip.is_private(each.address)}
    clue = addresses.single_source(in_text, frozenset(own))
    public = {each.address for each in in_text if not ip.is_private(each.address)}
    if clue is None and len(in_subject) == 1 and public <= in_subject:
        clue = addresses.single_source(addresses.find(level(f"IP {subject[:500]}").text), frozenset(own))
    if clue is not None and in_subject and clue.address not in in_subject:
        return None
    return clue
