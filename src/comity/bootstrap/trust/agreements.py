"""Join agreements: the desk that signs them, what takes the other side's, terms files, and what holds now.

Answers:    ``standing(settings)`` the agreements that hold, of documents and settings together; ``desk`` and ``taking`` for the
            commands; ``terms_of`` a terms file over what holds; ``draft`` the file to begin with.
Limits:     a store that is not there yet has no documents.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.accord.agreement import document, drafting, life, terms
from comity.bootstrap.desk import desk_read, desk_store, may_have_store, scribe
from comity.bootstrap.parties import exchanging, ledger_key, no_key, own_domain
from comity.formats import canonical_json
from comity.formats.toml_lines import key_lines
from comity.model.agreement import Agreement
from comity.model.message import Message
from comity.model.outcomes import ComityError
from comity.model.peer_key import KeyState
from comity.services.prove.agreement.acting import AgreementDesk, Ours, refused
from comity.services.prove.agreement.taking import Taking, Way
from comity.settings import Settings
from comity.settings.agreements import read_agreements
from comity.settings.reader import Where, read_text, table_of

if TYPE_CHECKING:
    from comity.model.agreement_document import AgreementPaper
    from comity.store.engine import Store
    from comity.store.records import Records


def configured(settings: Settings) -> tuple[Agreement, ...]:
    """What the settings say, of peers with and without documents."""
    path = settings.complain.agreements
    return () if path is None else read_agreements(path).agreements


def standing(settings: Settings, store: "Store | None" = None) -> tuple[Agreement, ...]:
    """The agreements that hold now."""
    return with_documents(settings, configured(settings), store)


def with_documents(
    settings: Settings, known: tuple[Agreement, ...], store: "Store | None" = None
) -> tuple[Agreement, ...]:
    """What the settings say, and above it what was signed."""
    if settings.identity.domain is None or (store is None and not may_have_store(settings)):
        return known
    asked = store or desk_store(settings)
    try:
        with asked.read() as rows:
            return _together(settings, rows, known, now=datetime.now(UTC))
    finally:
        if store is None:
            asked.close()


def holding(settings: Settings, rows: "Records", now: datetime) -> tuple[Agreement, ...]:
    """The agreements that hold at a moment, in this transaction."""
    return _together(settings, rows, configured(settings), now=now)


def _together(
    settings: Settings, rows: "Records", known: tuple[Agreement, ...], *, now: datetime
) -> tuple[Agreement, ...]:
    domain = settings.identity.domain or ""
    return terms.together(terms.signed(rows.agreements.all(), domain, terms.names_of(known), now=now), known)


def paired(settings: Settings) -> frozenset[str]:
    """The domains of peers whose key is pinned."""
    if settings.identity.domain is None or not may_have_store(settings):
        return frozenset()
    with desk_read(settings) as rows:
        return frozenset(each.peer for each in rows.keys.all() if each.state is KeyState.PINNED)


def ours(settings: Settings) -> Ours:
    """Who signs."""
    return Ours(domain=own_domain(settings), key=ledger_key(settings))


def desk(settings: Settings, rows: "Records", now: datetime) -> AgreementDesk:
    """Our operator's desk, in this transaction."""
    writer = scribe(settings)
    if writer is None:
        raise no_key(settings)
    return AgreementDesk(rows, ours(settings), writer, now=now)


def taking(settings: Settings) -> Taking:
    """What takes the other side's notes."""
    writer = scribe(settings)
    if writer is None:
        raise no_key(settings)
    return Taking(ours(settings), writer)


def way_of(settings: Settings, text: str) -> Way:
    """How a file came: of a peer that exchanges its ledger, its leaf comes too."""
    names = {line.split(" ")[1] for line in text.splitlines() if line.startswith("\u2014 ") and line.count(" ") > 1}
    return Way.FILE if names & set(exchanging(settings)) else Way.MAIL


def record_of(paper: "AgreementPaper") -> dict[str, Any]:
    """The record of a version, out of its note."""
    line = paper.note.split("\n")[1]
    return canonical_json.read(line.encode(), document.LIMIT) or {}


def draft(settings: Settings, rows: "Records", peer: str, *, now: datetime) -> dict[str, Any]:
    """What a proposal begins with: the terms that hold, or what the settings know."""
    own, papers = own_domain(settings), rows.agreements.of(peer)
    newest = life.newest(papers, now)
    if newest is not None:
        return drafting.following(record_of(newest))
    identity = settings.identity
    known = next((each for each in configured(settings) if terms.domain_of(each) == peer), None)
    mine = drafting.side(
        own,
        organisation=identity.organisation or own,
        address=identity.address or f"abuse@{own}",
        language=identity.language,
    )
    mine["networks"] = list(map(str, settings.own.networks))
    mine["dkim_domains"] = list(dict.fromkeys((own, *settings.own.domains)))
    theirs = drafting.side(peer, organisation=peer, address=known.address if known else f"abuse@{peer}", language="en")
    return drafting.begun(own, peer, {own: mine, peer: theirs}, known=known)


def proposal(settings: Settings, rows: "Records", peer: str, *, file: Path | None, now: datetime) -> Mapping[str, Any]:
    """The record that is to be signed: the draft, the file over it, the number and the time."""
    own, record = own_domain(settings), draft(settings, rows, peer, now=now)
    number, previous = desk(settings, rows, now).next_of(peer)
    if file is None:
        return drafting.stamped(record, own, number=number, previous=previous, now=now)
    text = read_text(file)
    given = table_of(text, file)
    made = drafting.stamped(drafting.laid_over(record, given, own), own, number=number, previous=previous, now=now)
    where = Where(file, key_lines(text))
    for fault in document.faults_of(made):
        error = refused(fault)
        key = near = drafting.key_of(fault.where, own)
        while near and near not in where.lines:
            near = near[:-1]
        raise ComityError(
            error.code,
            error.message,
            outcome=error.outcome,
            place=where.of(near),
            details={**error.details, "where": ".".join(map(str, key))},
        )
    return made


def peer_of(settings: Settings, name: str) -> str:
    """The domain of a peer, by its domain or by what the settings call it."""
    known = {each.peer: terms.domain_of(each) for each in configured(settings)}
    return known.get(name, name.lower())


def unlike_us(settings: Settings, paper: "AgreementPaper") -> Iterator[Message]:
    """What a document says of us and the settings do not: whoever wrote the draft may have had to guess it."""
    own = own_domain(settings)
    side, ours = paper.document.sides[own], settings.identity.address
    if ours is not None and side.address.lower() != ours.lower():
        yield Message("agreement.ours-address", {"said": side.address, "ours": ours})
    if settings.own.networks and not side.networks:
        yield Message("agreement.ours-networks")
    if not side.dkim_domains:
        yield Message("agreement.ours-domains")
