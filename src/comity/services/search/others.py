"""What else is found by a few words: subscribers by a reference, consumers, peers, agreements, statements, recourse.

Trust:      names and addresses are other people's words. A subscriber is found by the whole of a reference alone, never by a name,
            a mailbox or a part of one.
Answers:    ``OTHERS``: by sort, what gives the hits of a question; each looks at the few rows that there are of its sort.
Limits:     all consumers, papers and consequences are looked at: thousands, not millions.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final
from urllib.parse import quote

from comity.cases.opening import case_key
from comity.formats.search_terms import Asked, domain_terms, folded, name_term, terms_of
from comity.ledger import leaf
from comity.model.case import SubjectKind
from comity.model.searched import Hit, Sort
from comity.model.sending import OURS
from comity.remediation.notice.reference import read as read_reference
from comity.remediation.notice.reference import shown as shown_reference

_STATEMENTS: Final = 400  # of each channel, the newest
_IN_STATEMENT: Final = re.compile(r"[-0-9a-fq]+")  # a period or a hash, or the beginning of one
_Finds = Callable[[Any, Asked, bool], Iterable[Hit]]


def _fits(asked: Asked, texts: Iterable[str | None], names: Iterable[str | None] = ()) -> bool:
    """Whether texts, and names that are compared as a whole, meet every need.

    Of thousands of texts few could: the others are not taken apart.
    """
    said, named = [each for each in texts if each], [each for each in names if each]
    whole = "\n".join(folded(each) for each in (*said, *named))
    if not all(need.might_stand_in(whole) for need in asked.needs):
        return False
    terms = {term for each in said for term in (*terms_of(each), *domain_terms(each))}
    terms |= {name_term(each) for each in named}
    return asked.fits(terms, "\n".join(folded(each) for each in said))


def subscribers(records: Any, asked: Asked, is_open: bool) -> Iterator[Hit]:
    """A subscriber by the operator's own reference, or by that of a notice."""
    if is_open:
        return
    written = asked.text.strip()
    reference = read_reference(written)
    given = None if reference is None else records.notices.find(reference)
    if given is not None and reference is not None:
        case = records.cases.by_id([given.case_id]).get(given.case_id)
        yield Hit(
            sort=Sort.SUBSCRIBER,
            title=shown_reference(reference),
            path=f"/cases/{given.case_id}",
            under=(case.label,) if case is not None else (),
            said="desk-search.notice",
            when=given.given,
            about=given.case_id,
        )
    subject = case_key(SubjectKind.SUBSCRIBER, written)
    cases = records.cases.on_subject(subject)
    contact = records.contacts.of(written)
    if cases:
        yield Hit(
            sort=Sort.SUBSCRIBER,
            title=written,
            path=f"/cases/{cases[-1].case_id}",
            said="desk-search.cases",
            arguments={"n": str(len(cases))},
            when=cases[-1].last_seen,
            about=cases[-1].case_id,
        )
    elif contact is not None:
        yield Hit(
            sort=Sort.SUBSCRIBER,
            title=written,
            path="/remedy",
            said="desk-search.listed",
            when=contact.taken,
            about=written,
        )


def consumers(records: Any, asked: Asked, is_open: bool) -> Iterator[Hit]:
    """Whoever applied for feedback: by name and by what is claimed; by mailbox for whoever may see it."""
    claimed: dict[str, list[str]] = {}
    for each in records.consumers.claims_of_all():
        claimed.setdefault(each.consumer, []).append(each.subject)
    for each in records.consumers.all():
        claims = [claim for claim in claimed.get(each.name, ()) if not is_open or "@" not in claim]
        people = () if is_open else (each.address, each.contact)
        if _fits(asked, (each.name, *claims, *people), (each.name,)):
            yield Hit(
                sort=Sort.CONSUMER,
                title=each.name,
                path=f"/consumers/{quote(each.name, safe='')}",
                under=tuple(claims[:4]),
                said=f"consumer.state.{each.state.value}",
                when=each.since,
            )


def peers(records: Any, asked: Asked, is_open: bool) -> Iterator[Hit]:
    """Networks whose key we know, or to which we send."""
    known = {each.peer: each.peer for each in records.keys.all()}
    for each in records.peers.all():
        known.setdefault(each.address.rpartition("@")[2], each.name)
    for domain, name in sorted(known.items()):
        if _fits(asked, (domain, name), (domain, name)):
            said = f"desk-party.{name}" if name in OURS else None  # many mailboxes, not one network
            under = (name,) if name != domain and said is None else ()
            yield Hit(sort=Sort.PEER, title=domain, path="/peers", under=under, said=said)


def agreements(records: Any, asked: Asked, is_open: bool) -> Iterator[Hit]:
    """What was agreed: by the other side, its networks and domains, the hash of the document."""
    for peer, papers in sorted(records.agreements.all().items()):
        for paper in reversed(papers):
            sides = [each for each in paper.document.sides.values() if each.domain == peer]
            texts = [
                text for each in sides for text in (each.organisation, *each.dkim_domains, *map(str, each.networks))
            ]
            digest = [paper.digest[:length] for length in range(8, len(paper.digest) + 1)]
            if _fits(asked, (peer, *texts), (peer, *digest)):
                yield Hit(
                    sort=Sort.AGREEMENT,
                    title=peer,
                    path=f"/agreements/{quote(peer, safe='')}?hash={paper.digest}",
                    said="desk-search.version",
                    arguments={"version": str(paper.document.version)},
                    when=paper.events[0].at if paper.events else None,
                )


def statements(records: Any, asked: Asked, is_open: bool) -> Iterator[Hit]:
    """What both sides signed for a period, as the ledger tells: by the other side, the period, the hash."""
    for reporting, reported in records.closes.directions():
        sides = folded(f"{reporting}\n{reported}")
        if not all(need.might_stand_in(sides) or _IN_STATEMENT.fullmatch(need.text) for need in asked.needs):
            continue  # to read the ledger of every direction takes as long as there are leaves
        for channel in records.closes.of_direction(reporting, reported):
            newest = records.closes.newest_first(channel.channel_id, leaf.LeafType.STATEMENT.value)
            for record in islice((leaf.read(data) for data in newest), _STATEMENTS):
                if record is not None and _fits(asked, (reporting, reported, *_said_of(record)), _said_of(record)):
                    yield Hit(
                        sort=Sort.STATEMENT,
                        title=str(record.get("period", "")),
                        path="/ledger",
                        under=(f"{reporting} → {reported}", str(record.get("sha256", ""))[:16]),
                    )


def _said_of(record: Mapping[str, Any]) -> list[str]:
    digest, period = str(record.get("sha256", "")), str(record.get("period", ""))
    return [period, digest, digest[:16]]


def recourses(records: Any, asked: Asked, is_open: bool) -> Iterator[Hit]:
    """What was done to others: by its reference, and by whom it is done to."""
    for made, begun in records.recourses.all():
        names = (made.reference, made.subject)
        if _fits(asked, (made.subject, made.peer), names):
            yield Hit(
                sort=Sort.RECOURSE,
                title=made.subject,
                path=f"/recourse/{quote(made.reference, safe='')}",
                under=(made.reference,),
                said=f"recourse.state.{begun.state.value}",
                when=made.imposed,
            )


def newest_first(hits: Iterable[Hit]) -> Sequence[Hit]:
    """The newest first; what has no time comes last, by its name."""
    beginning = datetime.min.replace(tzinfo=UTC)
    return sorted(sorted(hits, key=lambda each: each.title), key=lambda each: each.when or beginning, reverse=True)


OTHERS: Final[Mapping[Sort, _Finds]] = {
    Sort.SUBSCRIBER: subscribers,
    Sort.CONSUMER: consumers,
    Sort.PEER: peers,
    Sort.AGREEMENT: agreements,
    Sort.STATEMENT: statements,
    Sort.RECOURSE: recourses,
}
