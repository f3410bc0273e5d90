"""Peers: how each stands, how far it is behind, what both sides did, what is agreed until when; agreements in both languages.

Trust:      names, addresses and what an agreement says are the other side's words too and pass ``visible``. A fingerprint is
            compared by two people who speak to each other; no page pins a key.
Answers:    ``routes(door)``: GET /peers, GET /agreements/{peer}.
Limits:     what is done about peers and agreements is done by command, with the key at hand: the pages say which.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from markupsafe import Markup
from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.accord.agreement import life, wording
from comity.locale import LANGUAGES, Catalogue, catalogue
from comity.model.account import Permit
from comity.model.agreement_document import AgreementPaper, AgreementState
from comity.model.coalition import PeerDigest
from comity.model.entry import Channel
from comity.model.outcomes import ComityError, Outcome
from comity.model.owed import AnswerWatch
from comity.model.peer_key import PeerKey
from comity.services.prove import forwarding
from comity.web.desk.door import Door
from comity.web.desk.exchange.outbox import Party, parties_of
from comity.web.desk.work import Visit

SOON: Final = 14  # days in which an agreement that ends is marked


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """One network that we deal with."""

    domain: str
    parties: Sequence[Party]  # the mailboxes that our reports go to
    key: PeerKey | None
    is_exchanging: bool
    behind: int  # leaves of ours without a receipt
    behind_since: datetime | None
    to_them: int  # leaves
    from_them: int
    paper: AgreementPaper | None
    state: AgreementState | None
    ends: datetime | None
    digest: PeerDigest | None
    watch: AnswerWatch | None  # who owes whom an answer, as it was counted last


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """An agreement in one language."""

    tag: str
    sections: Sequence[tuple[str, Sequence[tuple[str, Sequence[str]]]]]


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        found, _ = await door.counted(visit, ("peers",), lambda records: _look(door, records, visit.now))
        own = await door.inside(door.work.dealings.own_card)
        title = visit.words.say("desk-menu.peers")
        picture = None if own is None else Markup(own.picture)  # noqa: S704 - drawn by our own library out of our own card
        more: dict[str, Any] = {"own": own, "picture": picture, "soon": SOON, "ours": door.work.dealings.domain}
        return door.page(visit, "exchange/peers", title=title, peers=found, **more)

    async def agreement(visit: Visit) -> Response:
        peer, wanted = str(visit.request.path_params["peer"]), visit.asked("hash", 64)
        papers = await door.read(lambda records: records.agreements.of(peer))
        paper = _chosen(papers, wanted, visit.now)
        if paper is None:
            raise ComityError("agreement-none-shown", peer, outcome=Outcome.UNKNOWN, details={"peer": peer})
        return door.page(
            visit,
            "exchange/agreement",
            title=peer,
            paper=paper,
            papers=[(each, life.standing(each, papers, visit.now)) for each in papers],
            state=life.standing(paper, papers, visit.now),
            begins=life.begins_at(paper),
            ends=life.ends_at(paper),
            texts=[text_of(paper, catalogue(each)) for each in sorted(LANGUAGES, key=visit.words.language.__ne__)],
        )

    return [
        door.route("/peers", page, Permit.LEDGER_SEE),
        door.route("/agreements/{peer}", agreement, Permit.LEDGER_SEE),
    ]


def text_of(paper: AgreementPaper, words: Catalogue) -> Text:
    """The whole document in one language."""

    def tell(said: Any) -> str:
        return said if isinstance(said, str) else words.tell(said)

    return Text(
        tag=words.html_language,
        sections=[
            (tell(each.title), [(tell(label), [tell(value) for value in values]) for label, values in each.rows])
            for each in wording.sections(paper.document, paper.digest)
        ],
    )


def _chosen(papers: Sequence[AgreementPaper], wanted: str, now: datetime) -> AgreementPaper | None:
    if wanted:
        return next((each for each in papers if each.digest == wanted), None)
    return life.in_force(papers, now) or (papers[-1] if papers else None)


def _look(door: Door, records: Any, now: datetime) -> list[Neighbour]:
    dealings = door.work.dealings
    ours, exchanging = dealings.domain, dealings.exchanging()
    keys = {each.peer: each for each in records.keys.all() if each.peer != ours}
    parties: dict[str, list[Party]] = {}
    for each in parties_of(records):
        if each.peer is not None and not each.is_ours:
            parties.setdefault(each.peer.address.rpartition("@")[2], []).append(each)
    papers, digests = records.agreements.all(), {each.peer: each for each in dealings.digest(records, now)}
    channels = [each for each in records.ledger.channels() if ours in (each.reporting, each.reported)]
    domains = sorted({*keys, *parties, *papers, *exchanging})
    return [
        _neighbour(
            records,
            each,
            ours=ours,
            parties=parties.get(each, ()),
            key=keys.get(each),
            is_exchanging=each in exchanging,
            channels=channels,
            papers=papers.get(each, ()),
            digest=digests.get(each),
            now=now,
        )
        for each in domains
    ]


def _neighbour(  # noqa: PLR0913 - what is known of one, out of as many places
    records: Any,
    domain: str,
    *,
    ours: str,
    parties: Sequence[Party],
    key: PeerKey | None,
    is_exchanging: bool,
    channels: Sequence[Channel],
    papers: Sequence[AgreementPaper],
    digest: PeerDigest | None,
    now: datetime,
) -> Neighbour:
    behind = forwarding.behind(records.history, ours, domain) if is_exchanging else None
    paper = _chosen(papers, "", now)
    return Neighbour(
        domain=domain,
        parties=parties,
        key=key,
        is_exchanging=is_exchanging,
        behind=behind.leaves if behind else 0,
        behind_since=behind.since if behind else None,
        to_them=sum(each.size for each in channels if (each.reporting, each.reported) == (ours, domain)),
        from_them=sum(each.size for each in channels if (each.reporting, each.reported) == (domain, ours)),
        paper=paper,
        state=None if paper is None else life.standing(paper, papers, now),
        ends=None if paper is None else life.ends_at(paper),
        digest=digest,
        watch=records.owed_answers.watch(domain) if paper is not None else None,
    )
