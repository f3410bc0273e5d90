"""What an agreement in force allows: to us when we send, to the other side when we accept.

Trust:      documents that both sides signed; what a leaf says of a report is its writer's claim.
Answers:    ``outgoing(papers, ours, name, now)`` gives the terms under which we report to a peer, ``together`` these and those of
            the settings; ``ruling`` and ``outside`` why a report of the peer's is outside of them;
            ``tier_now`` and ``trial_over`` for the trial; ``overlap`` the first thing that two sides claim.
Limits:     a document that both signed goes before the settings from the moment it is in force, for good: when it has ended,
            nothing leaves, whatever the settings say.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any, Final

from comity.accord.agreement import life
from comity.model.agreement import Agreement, BodyPolicy
from comity.model.agreement_document import (
    IN_FORCE,
    AgreedDirection,
    AgreedSide,
    AgreementDocument,
    AgreementPaper,
    AgreementState,
    FeedbackClass,
)
from comity.model.tier import Tier

SUBJECT_WINDOW: Final = timedelta(days=365)
PERSONAL: Final = (Tier.T2, Tier.T3)
CLOCKS: Final = timedelta(seconds=300)  # how far two clocks may be apart
# What a leaf calls the classes of an agreement.
_CLASSES: Final = {
    "complaint": FeedbackClass.COMPLAINT,
    "not-spam": FeedbackClass.NOT_SPAM,
    "other": FeedbackClass.REPLAY,
}

Papers = Mapping[str, Sequence[AgreementPaper]]  # by the domain of the peer


def tier_now(direction: AgreedDirection, now: datetime) -> Tier:
    """How much is shown at this moment: less while it is on trial."""
    return direction.tier if direction.trial is None or trial_over(direction, now) else direction.trial.tier


def trial_over(direction: AgreedDirection, now: datetime) -> bool:
    """Whether there is no trial any more."""
    return direction.trial is None or life.moment(direction.trial.until) <= now


def less_shown(agreement: Agreement, lowered: frozenset[str]) -> Agreement:
    """The same agreement; with a peer that is shown less, nothing in a report tells who complained."""
    if agreement.tier not in PERSONAL or agreement.address.rpartition("@")[2].lower() not in lowered:
        return agreement
    return replace(agreement, tier=Tier.T1, body=BodyPolicy.NEVER)


def governing(papers: Sequence[AgreementPaper], now: datetime) -> AgreementPaper | None:
    """The version that rules what leaves: the one in force, or else the last one that ever was; None before the first."""
    held = life.in_force(papers, now)
    if held is not None:
        return held
    begun = [each for each in papers if (begins := life.begins_at(each)) is not None and begins <= now]
    return max(begun, key=lambda each: each.document.version, default=None)


def outgoing(papers: Sequence[AgreementPaper], ours: str, name: str, *, now: datetime) -> Agreement | None:
    """The terms under which we report to this peer now; None where no document rules yet."""
    paper = governing(papers, now)
    if paper is None:
        return None
    document = paper.document
    peer = document.other(ours)
    side, direction = document.sides[peer], document.directions[ours]
    state = life.standing(paper, papers, now)
    return Agreement(
        peer=name,
        address=side.address,
        networks=side.networks,
        dkim_domains=side.dkim_domains,
        tier=tier_now(direction, now),
        body=direction.body if tier_now(direction, now) in PERSONAL else type(direction.body).NEVER,
        report_format=direction.report_format,
        definitions=direction.definitions,
        complaints=FeedbackClass.COMPLAINT in direction.classes,
        not_spam=FeedbackClass.NOT_SPAM in direction.classes,
        replays=FeedbackClass.REPLAY in direction.classes,
        version=document.version,
        contacts=tuple(each.address for each in side.contacts if each.role == "escalation"),
        languages=side.languages,
        tlp=direction.tlp,
        quota=direction.quota,
        terms=paper.digest,
        stopped=None if state in IN_FORCE else "agreement-ended",
    )


def signed(papers: Papers, ours: str, names: Mapping[str, str], *, now: datetime) -> tuple[Agreement, ...]:
    """What documents say to us about every peer; ``names`` are what the settings call peers, by domain."""
    found = (outgoing(each, ours, names.get(peer, peer), now=now) for peer, each in sorted(papers.items()))
    return tuple(each for each in found if each is not None)


def together(signed: Sequence[Agreement], configured: Iterable[Agreement]) -> tuple[Agreement, ...]:
    """Documents first; of the settings only peers that no document rules."""
    ruled = {domain_of(each) for each in signed}
    return (*signed, *(each for each in configured if domain_of(each) not in ruled))


def names_of(configured: Iterable[Agreement]) -> dict[str, str]:
    """What the settings call peers, by domain."""
    names: dict[str, str] = {}
    for each in configured:
        names.setdefault(domain_of(each), each.peer)
    return names


def domain_of(agreement: Agreement) -> str:
    """The domain of the peer."""
    return agreement.address.rpartition("@")[2].lower()


def incoming(papers: Sequence[AgreementPaper], peer: str, ours: Agreement, *, now: datetime) -> Agreement:
    """The same terms as they are for what the peer sends us."""
    paper = governing(papers, now)
    if paper is None:
        return ours
    direction = paper.document.directions[peer]
    return replace(ours, tier=tier_now(direction, now), tlp=direction.tlp, quota=direction.quota)


Known = Callable[[AgreementPaper], datetime | None]


def ruling(papers: Sequence[AgreementPaper], peer: str, at: datetime, *, known: Known) -> list[AgreementPaper | None]:
    """The versions by which something that a peer did at a moment is judged: one of them must allow it.

    The clocks of the two may be apart, so a version counts that held a moment before or after. ``known(paper)`` says since when
    the peer knows that we signed what it had proposed (None: it does not yet): until then it may go by what held before; None in
    the answer stands for the settings, by which nothing is refused.
    """
    if governing(papers, at + CLOCKS) is None:
        return [None]
    held = [each for when in (at, at - CLOCKS, at + CLOCKS) if (each := life.in_force(papers, when)) is not None]
    found: list[AgreementPaper | None] = list({each.digest: each for each in held}.values())
    for each in held:
        since = known(each)
        if each.document.proposed_by == peer and (since is None or at <= since + CLOCKS):
            found.append(next((one for one in papers if one.digest == each.document.previous), None))
    return found


def outside(
    ruled: Sequence[AgreementPaper | None], peer: str, record: Mapping[str, Any], *, at: datetime
) -> str | None:
    """Why a report that a peer wrote into its ledger is outside of every version that rules it, by name; None: it is inside."""
    if None in ruled:
        return None
    reasons = [_outside(each, peer, record, at=at) for each in ruled if each is not None]
    return "agreement-ended" if not reasons else None if None in reasons else reasons[0]


def quota(ruled: Sequence[AgreementPaper | None], peer: str) -> int | None:
    """How many reports a day a peer may write; None where nothing bounds it."""
    if not ruled or None in ruled:
        return None
    return max(each.document.directions[peer].quota for each in ruled if each is not None)


def _outside(paper: AgreementPaper, peer: str, record: Mapping[str, Any], *, at: datetime) -> str | None:
    document = paper.document
    direction, ours = document.directions[peer], document.sides[document.other(peer)]
    if record.get("agreement") != document.version or record.get("terms") not in (None, paper.digest):
        return "agreement-version"
    if _CLASSES.get(str(record.get("class"))) not in direction.classes:
        return "agreement-class"
    if record.get("definition") not in direction.definitions:
        return "agreement-definition"
    most = max(tier_now(direction, at), tier_now(direction, at + CLOCKS))
    if record.get("tier") is None or str(record["tier"]) > most.value:
        return "agreement-tier"
    if record.get("tlp") != direction.tlp.value:
        return "agreement-tlp"
    source = record.get("source") or {}
    return None if covers(ours, source.get("ip"), source.get("dkim")) else "agreement-scope"


def covers(side: AgreedSide, address: str | None, domain: str | None) -> bool:
    """Whether an address or a signing domain is this side's by the agreement."""
    if domain is not None and any(domain == each or domain.endswith(f".{each}") for each in side.dkim_domains):
        return True
    # At T1 a report names the organisation of the signer: a domain below it may be the one that was agreed on.
    if domain is not None and any(each.endswith(f".{domain}") for each in side.dkim_domains):
        return True
    if address is None:
        return False
    parsed = ip_address(address)
    return any(parsed in each for each in side.networks if each.version == parsed.version)


def overlap(document: AgreementDocument, side: str, others: Iterable[Agreement]) -> tuple[str, str] | None:
    """The first network or domain of this side that stands in an agreement with somebody else too, and with whom."""
    mine = document.sides[side]
    claimed = {each: other.peer for other in others for each in _scope(other.networks, other.dkim_domains)}
    return next(((each, claimed[each]) for each in _scope(mine.networks, mine.dkim_domains) if each in claimed), None)


def _scope(networks: Iterable[object], domains: Iterable[str]) -> Iterator[str]:
    yield from map(str, networks)
    yield from (f"@{each}" for each in domains)


def is_ruled(papers: Sequence[AgreementPaper], now: datetime) -> bool:
    """Whether any version was ever in force."""
    return governing(papers, now) is not None


def state_of(papers: Sequence[AgreementPaper], now: datetime) -> AgreementState | None:
    """Where the newest version that both signed stands."""
    newest = life.newest(papers, now)
    return None if newest is None else life.standing(newest, papers, now)
