"""The digest: what changed with each peer since a moment, and who waits for whom, out of what our own store knows.

Trust:      words of others are in it as subjects and titles: made plain where they are shown. Nobody who complained is in it.
Answers:    ``digest(rows, ours, peers, since, now)`` gives ``PeerDigest`` for each peer with anything to say; ``put`` mails it.
Limits:     to addresses that the settings name, and to nobody else; where there is nothing to say nothing is mailed.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from comity.accord.agreement import life
from comity.accord.signals import rules
from comity.formats import automatic_mail
from comity.model.agreement_document import AgreementState
from comity.model.coalition import PeerDigest
from comity.model.guidance import KeptVersion
from comity.model.joint_statement import KeptStatement, StatementState
from comity.model.message import Message, OwnWords
from comity.model.minutes import KeptMinutes
from comity.model.recourse import RecourseState
from comity.model.sending import OWN_STAFF, OutboxKind, Peer, PeerState
from comity.services.complain.rows import enter
from comity.services.prove import forwarding
from comity.services.prove.leaves.objecting import disputes

_MOST: Final = 20
_RENEW: Final = timedelta(days=14)
_FROM_THEM: Final = (StatementState.PROPOSED, StatementState.DIFFERS)
_BY_US: Final = (StatementState.OFFERED, StatementState.REFUSED)
_OWED: Final = (RecourseState.ARGUED, RecourseState.ESCALATED)


def digest(rows: Any, ours: str, peers: Sequence[str], *, since: datetime, now: datetime) -> list[PeerDigest]:
    """What is to be told, peer by peer; ``rows`` are those of one view of the store."""
    signals, versions = rows.signals.all(), rows.guidance.all()
    comments = [said for said, _ in rows.guidance.comments()]
    recourses = rows.recourses.all()
    found, papers, meetings = [], rows.statements.all(), rows.coalition.minutes()
    for peer in sorted(peers):
        theirs = [each for each in signals if each.signal.issuer == peer]
        sent = [each for each in signals if each.is_ours and _was_sent(rows, each.signal.signal_id, peer)]
        changed = list(_signalled(theirs, sent, since=since))
        shared = [each for each in versions if peer in each.said.parties]
        changed += [
            Message("digest.minutes", {"id": each.said.minutes_id, "title": OwnWords.of(each.said.title)})
            for each in meetings
            if each.taken >= since and each.said.issuer == peer
        ]
        changed += _reported(meetings, peer, since=since)
        changed += _stated([each for each in papers if each.entered >= since], peer, (StatementState.SIGNED,))
        changed += [_guidance("version", each) for each in shared if each.taken >= since]
        changed += [_guidance("agreed", each) for each in shared if each.agreed and each.agreed >= since]
        names = {each.said.guidance_id for each in shared}
        said = [each for each in comments if each.guidance_id in names and each.made >= since]
        changed += [
            Message("digest.comment", {"id": each.guidance_id, "by": each.by, "issuer": each.issuer}) for each in said
        ]
        made = rows.coalition.member(peer)
        if made is not None and made.taken >= since:
            changed.append(Message("digest.member", {"peer": peer}))
        changed += _disputes(rows, ours, peer, since=since)
        concerned = [(what, how) for what, how in recourses if what.peer == peer]
        changed += [
            Message("digest.consequence", {"subject": what.subject, "reference": what.reference})
            for what, _ in concerned
            if what.imposed >= since
        ]
        found.append(
            PeerDigest(
                peer=peer,
                changed=_few(changed),
                for_us=_few(
                    [
                        *_terms(rows, peer, by=peer, now=now),
                        *_stated(papers, peer, _FROM_THEM),
                        *_to_do(meetings, peer, owner=ours, now=now),
                        *_for_us(theirs, shared, concerned, ours=ours, now=now),
                    ]
                ),
                for_them=_few(
                    [
                        *_terms(rows, peer, by=ours, now=now),
                        *_stated(papers, peer, _BY_US),
                        *_to_do(meetings, peer, owner=peer, now=now),
                        *_for_them(rows, shared, ours=ours, peer=peer, now=now),
                    ]
                ),
            )
        )
    return [each for each in found if each.changed or each.for_us or each.for_them]


def _signalled(theirs: Sequence[Any], sent: Sequence[Any], *, since: datetime) -> Iterator[Message]:
    """What became of signals: theirs, and ours that they were sent."""
    yield from (_signal("proposed-by-them", each) for each in theirs if each.taken >= since)
    yield from (_signal("proposed-by-us", each) for each in sent if each.taken >= since)
    yield from (_signal("withdrawn", each) for each in (*theirs, *sent) if each.withdrawn and each.withdrawn >= since)
    yield from (_signal("adopted", each) for each in theirs if each.adoption and each.adoption.adopted >= since)


def _terms(rows: Any, peer: str, *, by: str, now: datetime) -> list[Message]:
    """Agreements that one side proposed, and that wait for the other; and what a peer's own ask of us."""
    papers = rows.agreements.of(peer)
    return (_answers_owed(rows, peer) if by == peer else []) + [
        Message(
            "digest.terms",
            {"version": each.document.version, "by": by, "day": f"{life.moment(each.document.answer_by):%Y-%m-%d}"},
        )
        for each in papers
        if each.document.proposed_by == by and life.standing(each, papers, now) is AgreementState.PROPOSED
    ]


def _for_us(
    theirs: Sequence[Any], shared: Sequence[KeptVersion], concerned: Sequence[Any], *, ours: str, now: datetime
) -> list[Message]:
    undecided = [each for each in theirs if rules.standing(each, now) == "not-adopted"]
    found = [Message("digest.undecided", {"n": len(undecided)})] if undecided else []
    found += [_guidance("agree", each) for each in _open(shared) if each.said.issuer != ours]
    for what, how in concerned:
        if how.state in _OWED and how.due is not None:
            late = "digest.answer-late" if how.due < now else "digest.answer"
            details = {"subject": what.subject, "reference": what.reference, "due": f"{how.due:%Y-%m-%d}"}
            found.append(Message(late, details))
    return found


def _for_them(rows: Any, shared: Sequence[KeptVersion], *, ours: str, peer: str, now: datetime) -> list[Message]:
    found = [_guidance("their-agreement", each) for each in _open(shared) if each.said.issuer == ours]
    waiting = rows.documents.waiting(peer, 1000)
    if waiting:
        found.append(Message("digest.documents", {"n": len(waiting)}))
    watch = rows.owed_answers.watch(peer)
    if watch is not None and (owed := watch.theirs) is not None and owed.overdue and owed.oldest is not None:
        details = {"n": owed.overdue, "escalating": owed.escalating, "day": owed.oldest.isoformat()}
        found.append(Message("digest.answers-late", details))
    behind = forwarding.behind(rows.history, ours, peer)
    if behind.leaves and behind.since is not None:
        hours = int((now - behind.since).total_seconds() // 3600)
        if hours:  # what went out a moment ago is not behind
            found.append(Message("digest.receipts", {"n": behind.leaves, "hours": hours}))
    made = rows.coalition.member(peer)
    if made is not None and made.said.ends < now + _RENEW:
        found.append(Message("digest.entry-ends", {"day": f"{made.said.ends:%Y-%m-%d}"}))
    return found


def _answers_owed(rows: Any, peer: str) -> list[Message]:
    """Reports of theirs that we should have answered by now, as they were counted last."""
    watch = rows.owed_answers.watch(peer)
    owed = None if watch is None else watch.ours
    if owed is None or not owed.overdue or owed.oldest is None:
        return []
    return [Message("digest.answers-owed", {"n": owed.overdue, "day": owed.oldest.isoformat()})]


def _disputes(rows: Any, ours: str, peer: str, *, since: datetime) -> list[Message]:
    """What one side does not accept of the other's ledger: while a close is disputed, no statement is signed over it."""
    found = []
    for word, pair in (("theirs", (peer, ours)), ("ours", (ours, peer))):
        new = [each for each in disputes(rows.closes, [pair]) if each.since is not None and each.since >= since]
        if new:
            found.append(Message(f"digest.disputed-{word}", {"n": len(new), "place": new[0].place}))
    return found


def _to_do(meetings: Sequence[KeptMinutes], peer: str, *, owner: str, now: datetime) -> list[Message]:
    """What was agreed with a peer at a meeting that its owner does, and that is not done."""
    return [
        Message(
            "digest.action-late" if action.due <= now else "digest.action",
            {
                "id": f"{each.said.minutes_id} {action.number}",
                "task": OwnWords.of(action.what),
                "day": f"{action.due - timedelta(seconds=1):%Y-%m-%d}",
            },
        )
        for each in meetings
        if peer in each.said.present
        for action in each.open_actions()
        if action.owner == owner
    ]


def _reported(meetings: Sequence[KeptMinutes], peer: str, *, since: datetime) -> list[Message]:
    """What a peer said that became of its actions."""
    return [
        Message(
            f"digest.action-{said.state.value}",
            {"id": f"{each.said.minutes_id} {action.number}", "task": OwnWords.of(action.what)},
        )
        for each in meetings
        for action in each.said.actions
        if (said := each.reports.get(action.number)) is not None and said.issuer == peer and said.made >= since
    ]


def _stated(papers: Sequence[KeptStatement], peer: str, states: Collection[StatementState]) -> list[Message]:
    """Joint statements with a peer that stand so."""
    return [
        Message(f"digest.statement-{each.state.value}", {"period": each.period})
        for each in papers
        if each.peer == peer and each.state in states
    ]


def _open(shared: Sequence[KeptVersion]) -> list[KeptVersion]:
    """Of each guidance the newest version, where it is not agreed."""
    newest = {each.said.guidance_id: each for each in shared}
    return [each for each in newest.values() if each.agreed is None]


def _was_sent(rows: Any, signal_id: str, peer: str) -> bool:
    return any(each.peer == peer for each in rows.documents.about(f"signal {signal_id}"))


def _signal(what: str, kept: Any) -> Message:
    kind = Message(f"signal.kind.{kept.signal.kind.value}")
    return Message(f"digest.{what}", {"subject": kept.signal.subject, "id": kept.signal.signal_id, "kind": kind})


def _guidance(what: str, kept: KeptVersion) -> Message:
    said = kept.said
    return Message(
        f"digest.{what}", {"id": said.guidance_id, "version": said.version, "title": OwnWords.of(said.title)}
    )


def _few(messages: Sequence[Message]) -> tuple[Message, ...]:
    left = len(messages) - _MOST
    return (*messages[:_MOST], *([Message("digest.more", {"n": left})] if left > 0 else ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who writes a digest, and to whom of ours."""

    address: str
    organisation: str
    domain: str
    to: tuple[str, ...]
    new_token: Callable[[], str]


def text_of(found: Sequence[PeerDigest], words: Sequence[Any], *, since: datetime, now: datetime) -> str:
    """The text, language after language."""
    parts = []
    for each in words:
        lines = [each.say("digest.head", since=f"{since:%Y-%m-%d %H:%M}", now=f"{now:%Y-%m-%d %H:%M}"), ""]
        for peer in found:
            lines.append(each.say("digest.peer", peer=peer.peer))
            for name, messages in (("changed", peer.changed), ("for-us", peer.for_us), ("for-them", peer.for_them)):
                if messages:
                    lines.append(f"  {each.say(f'digest.{name}')}")
                    lines += [f"    - {each.tell(message)}" for message in messages]
            lines.append("")
        parts.append("\n".join(lines))
    return "\n".join(parts)


def put(rows: Any, desk: Desk, *, subject: Mapping[str, str], text: str, now: datetime) -> int:
    """Mail a digest to whom the settings name; how many mails."""
    mails = mail_staff(rows, desk, subject=subject, text=text, now=now)
    if mails is None:
        return 0
    rows.coalition.digest(now, mails=mails, text=text)
    return mails


def mail_staff(rows: Any, desk: Desk, *, subject: Mapping[str, str], text: str, now: datetime) -> int | None:
    """Write to our own staff; how many mails, None where mail to them is held."""
    if OWN_STAFF not in rows.peers.by_name([OWN_STAFF]):
        # That the settings name them is the operator's word; from here on the peer can be held like any other.
        rows.peers.put(Peer(name=OWN_STAFF, address=desk.address, state=PeerState.LIVE, since=now))
    if rows.peers.by_name([OWN_STAFF])[OWN_STAFF].state is not PeerState.LIVE:
        return None
    mails = []
    for to in desk.to:
        token = desk.new_token()
        data = automatic_mail.write(
            automatic_mail.AutomaticMail(
                header_from=desk.address,
                organisation=desk.organisation,
                to=to,
                subject=" / ".join(subject.values()),
                written=now,
                message_id=f"{token}.digest@{desk.domain}",
                is_answer=False,
                text=text,
            )
        )
        mails.append(enter(OutboxKind.NOTICE, data, party=OWN_STAFF, address=to, bounce_token=token, now=now))
    rows.sending.add_outbox(mails)
    return len(mails)
