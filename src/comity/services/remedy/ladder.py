"""One rung of the ladder: the subscriber of a case is told in the first form that reaches, in the subscriber's language.

Trust:      how a subscriber is reached is the operator's own list; what was seen are the sources' words.
Standards:  RFC 6561 section 5 (several ways to tell; a subscriber who cannot be reached by one is told by another).
Answers:    ``Ladder.reach(records, case, wanted, ...)`` gives ``Reached``: the notice, or why each form cannot reach; in the
            caller's transaction. ``bring(given, label)`` writes what is no mail, after the commit.
Limits:     nothing that a subscriber lacks is an error: it is a reason. A line that strangers use is told nothing. A letter and a
            page need no contact: who lives there is in the operator's own books.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from comity.formats import header_text
from comity.model.desk import DeskCase
from comity.model.infestation import Infestation, SubscriberContact
from comity.model.notice import Certainty, NoticeKind
from comity.model.outcomes import ComityError, Outcome
from comity.remediation.guides.pack import Packs
from comity.services.remedy.infestations import named
from comity.services.remedy.notices import Given, Notices, Order

HOTSPOT: Final = "hotspot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be told, and in which forms; what is None is taken from what is known of the case and the subscriber."""

    forms: Sequence[NoticeKind]
    days: int | None = None
    deadline: datetime | None = None  # of what holds already; without it so many days from now on
    language: str | None = None
    certainty: Certainty | None = None
    family: str | None = None
    mail: str | None = None
    not_now: Collection[NoticeKind] = ()  # whoever is reached in one of these is told later
    is_confined: bool = False  # by a program that we know nothing of


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What became of it; ``without`` says which forms do not reach, and why; ``waits``: one does that is not for now."""

    given: Given | None = None
    waits: bool = False
    without: Mapping[NoticeKind, str] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """Why nobody was told, in one word."""
        return next(iter(dict.fromkeys(self.without.values())), "no-form")


class Ladder:
    """Tells subscribers."""

    def __init__(self, notices: Notices, packs: Packs, *, language: str) -> None:
        """``language`` is spoken to whoever told none."""
        self._notices, self._packs, self._language = notices, packs, language

    def reach(self, records: Any, case: DeskCase, wanted: Wanted, *, actor: str, now: datetime) -> Reached:
        """Tell the subscriber of a case."""
        self._must_speak(wanted.language)
        contact: SubscriberContact | None = records.contacts.of(case.label)
        without: dict[NoticeKind, str] = {}
        for form in wanted.forms:
            why = self._lacks(form, case, contact, mail=wanted.mail)
            if why is not None:
                without[form] = why
                continue
            if form in wanted.not_now:
                return Reached(waits=True, without=without)
            known: Infestation | None = records.infestations.of([case.case_id]).get(case.case_id)
            order = self._order(form, case, contact, wanted=wanted, known=known, without=without, now=now)
            return Reached(given=self._notices.give(records, case, order, actor=actor, now=now), without=without)
        return Reached(without=without)

    def bring(self, given: Given, label: str) -> str | None:
        """Write what is no mail; where it lies."""
        if given.notice.kind is NoticeKind.MAIL or self._notices.brings is None:
            return None
        return self._notices.brings.bring(given, label)

    def _must_speak(self, language: str | None) -> None:
        """Whoever asks for a language is told when there are no texts in it: another one would not be understood."""
        if language is None or self._packs.speaks(language) is not None:
            return
        known = ", ".join(sorted(each.tag for each in self._packs.languages.values()))
        raise ComityError(
            "notice-language",
            f"no texts in {language}",
            outcome=Outcome.USAGE,
            details={"language": language, "known": known},
        )

    def _lacks(
        self, form: NoticeKind, case: DeskCase, contact: SubscriberContact | None, *, mail: str | None
    ) -> str | None:
        """Why a form does not reach; None where it does."""
        if contact is not None and contact.is_hotspot:
            return HOTSPOT
        if form is NoticeKind.MAIL:
            if not self._notices.sends_mail:
                return "no-sender"
            return None if _mail(case, contact, mail) else "no-mail"
        if form in (NoticeKind.SMS, NoticeKind.CALL):
            return None if contact is not None and contact.phone else "no-phone"
        return None

    def _order(
        self,
        form: NoticeKind,
        case: DeskCase,
        contact: SubscriberContact | None,
        *,
        wanted: Wanted,
        known: Infestation | None,
        without: Mapping[NoticeKind, str],
        now: datetime,
    ) -> Order:
        family, devices = named(known, self._packs)
        if wanted.family is not None:
            family = self._packs.family_of(wanted.family)
            devices = (self._packs.guide_of(family),)
        certainty = wanted.certainty or (known.certainty if known else Certainty.LIKELY)
        return Order(
            kind=form,
            language=wanted.language or (contact.language if contact and contact.language else self._language),
            certainty=certainty,
            family=family,
            guide=devices[0],
            seen_first=(known.first if known else case.first_seen) or case.opened,
            seen_last=(known.last if known else case.last_seen) or case.opened,
            deadline=wanted.deadline if wanted.days is None else now + timedelta(days=wanted.days),
            contact=_mail(case, contact, wanted.mail),
            phone=contact.phone if contact else None,
            note=", ".join(f"{each.value}: {why}" for each, why in without.items()) or None,
        )


def _mail(case: DeskCase, contact: SubscriberContact | None, mail: str | None) -> str | None:
    known = mail or (contact.mail if contact else None) or case.contact
    return header_text.address(known or "")
