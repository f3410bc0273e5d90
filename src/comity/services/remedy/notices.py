"""Give a notice out: its reference and words, its text in the subscriber's language, and the way it leaves.

Trust:      the contact is the operator's own; what is written came through the linter. A notice names the case by its reference
            alone.
Standards:  RFC 3834 (auto-generated mail), RFC 6561 section 5.
Answers:    ``Notices.give(records, case, order, now)`` gives ``Given``: the notice, its words, and the row that was written; mail
            is in the outbox in the same transaction, other kinds are files that ``Brings`` writes after the commit.
Limits:     one reference for each notice; the same order about the same case within an hour gives the notice that there is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final, Protocol

from comity.formats import automatic_mail, header_text
from comity.model.desk import CaseEvent, DeskCase
from comity.model.notice import Certainty, NoticeFacts, NoticeKind
from comity.model.outcomes import ComityError, Outcome
from comity.model.sending import OWN_CUSTOMERS, OutboxKind, Peer, PeerState
from comity.remediation.guides.pack import Packs
from comity.remediation.notice.reference import made, shown, word_pair
from comity.remediation.notice.rendering import Rendered, render
from comity.services.complain.rows import enter
from comity.services.remedy.rows import GivenNotice, NoticeRows

_SAME: Final = timedelta(hours=1)
_TRIES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Which notice is wanted."""

    kind: NoticeKind
    language: str
    certainty: Certainty
    family: str
    guide: str
    seen_first: datetime
    seen_last: datetime
    deadline: datetime | None = None
    contact: str | None = None  # where a mail goes; the case's own without it
    phone: str | None = None  # for the tables of whoever sends text messages or calls
    note: str | None = None  # what stands beside it on the case


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenName:
    """Our name in one language; ``sms``: in its text messages, which hold little."""

    provider: str
    sms: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Who gives notices out, as the reader knows it; ``names`` by the tag of a language, ``provider`` in all others."""

    provider: str
    portal: str
    help_line: str
    zone: tzinfo
    domain: str | None  # without these two, no mail leaves
    address: str | None
    style: str
    reply_to: Callable[[str], str | None] = lambda _: None  # for one case: where its answers arrive
    names: Mapping[str, SpokenName] = field(default_factory=dict)

    def called(self, tag: str, kind: NoticeKind | None = None) -> str:
        """What we are called in a language, in one form of a notice."""
        name = self.names.get(tag)
        if name is None:
            return self.provider
        return (name.sms if kind is NoticeKind.SMS else None) or name.provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was given out; ``is_new``: it was not there before; ``outbox_id``: the mail that it is."""

    notice: GivenNotice
    rendered: Rendered
    is_new: bool
    phone: str | None = None
    outbox_id: int | None = None


class Brings(Protocol):
    """The way of notices that are no mail."""

    def bring(self, given: Given, label: str) -> str:
        """Write it where a gateway, a printer or the help line takes it; where that is."""


class Notices:
    """Gives notices out."""

    def __init__(
        self, packs: Packs, house: House, key: bytes, *, new_token: Callable[[], str], brings: Brings | None = None
    ) -> None:
        """``new_token`` gives chance for the envelope address of one mail."""
        self._packs, self._house, self._key = packs, house, key
        self._new_token, self.brings = new_token, brings

    @property
    def sends_mail(self) -> bool:
        """Whether we have a name to send mail under."""
        return self._house.domain is not None and self._house.address is not None

    def facts(self, given: GivenNotice) -> NoticeFacts:
        """All that a notice says."""
        pack = self._packs.of(given.language)
        return NoticeFacts(
            reference=given.reference,
            word_pair=str(word_pair(given.reference, self._key, pack.pair_words)),
            family=given.family,
            guide=given.guide,
            seen_first=given.seen_first,
            seen_last=given.seen_last,
            provider_name=self._house.called(pack.tag, given.kind),
            portal=self._house.portal,
            help_line=self._house.help_line,
            tier=given.certainty,
            deadline=given.deadline,
        )

    def rendered(self, given: GivenNotice) -> Rendered:
        """Its text, as often as it is wanted."""
        return render(
            given.kind,
            self.facts(given),
            given.language,
            packs=self._packs,
            zone=self._house.zone,
            style=self._house.style,
        )

    def give(self, records: Any, case: DeskCase, order: Order, *, actor: str, now: datetime) -> Given:
        """Give one out, in the caller's transaction."""
        rows: NoticeRows = records.notices
        earlier = rows.of_case(case.case_id)
        for each in reversed(earlier):
            if each.kind is order.kind and now - each.given < _SAME:
                return Given(notice=each, rendered=self.rendered(each), is_new=False, phone=order.phone)
        given = self._noted(rows, case, order, number=len(earlier), now=now)
        found = Given(notice=given, rendered=self.rendered(given), is_new=True, phone=order.phone)
        if order.kind is NoticeKind.MAIL:
            outbox_id = self._mail(records, case, found, contact=order.contact or case.contact, now=now)
            found = replace(found, outbox_id=outbox_id)
        said = f"{order.kind.value} {shown(given.reference)}" + (f" ({order.note})" if order.note else "")
        records.cases.record(
            [
                CaseEvent(
                    case_id=case.case_id, at=now, actor=actor, act="notice", note=said, from_state=case.state, to_state=case.state
                )
            ]
        )  # fmt: skip
        return found

    def _noted(self, rows: NoticeRows, case: DeskCase, order: Order, *, number: int, now: datetime) -> GivenNotice:
        pack = self._packs.of(order.language)
        seeds = (f"{case.case_id}:{order.kind.value}:{number}:{again}" for again in range(_TRIES))
        reference = next(each for seed in seeds if rows.find(each := made(seed, self._key)) is None)
        given = GivenNotice(
            reference=reference,
            case_id=case.case_id,
            kind=order.kind,
            language=pack.language,
            certainty=order.certainty,
            family=order.family,
            guide=order.guide if order.guide in pack.guides else self._packs.guide_of(order.family),
            seen_first=order.seen_first,
            seen_last=order.seen_last,
            deadline=order.deadline,
            given=now,
        )
        rows.add(given)
        return given

    def _mail(self, records: Any, case: DeskCase, given: Given, *, contact: str | None, now: datetime) -> int:
        house, to = self._house, header_text.address(contact or "")
        if house.domain is None or house.address is None:
            raise _cannot("notice-no-identity", case)
        if to is None:
            raise _cannot("notice-no-contact", case)
        if OWN_CUSTOMERS not in records.peers.by_name([OWN_CUSTOMERS]):
            records.peers.put(Peer(name=OWN_CUSTOMERS, address=house.address, state=PeerState.LIVE, since=now))
        token = self._new_token()
        mail = automatic_mail.AutomaticMail(
            header_from=house.address,
            organisation=house.called(self._packs.of(given.notice.language).tag),
            to=to,
            subject=given.rendered.subject,
            written=now,
            message_id=f"{token}.notice@{house.domain}",
            reply_to=house.reply_to(case.case_id),
            is_answer=False,
            text=given.rendered.text,
            html=given.rendered.html,
        )
        row = enter(
            OutboxKind.NOTICE, automatic_mail.write(mail), party=OWN_CUSTOMERS, address=to, bounce_token=token, now=now
        )
        records.sending.add_outbox([row])
        return int(records.sending.by_bounce_token(token).outbox_id)


def _cannot(code: str, case: DeskCase) -> ComityError:
    return ComityError(code, f"{code}: {case.case_id}", outcome=Outcome.CONFIGURATION, details={"case": case.case_id})
