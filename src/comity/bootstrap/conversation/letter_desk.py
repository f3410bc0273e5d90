"""Join what a person needs who writes about a case: whom to, in which words, and the conversation that keeps it.

Answers:    ``LetterDesk(settings)``: ``recipients``, ``templates``, ``filled``, ``compose``, ``write``; ``obstacle`` is why no
            letter can be written, ``lacks`` why one that is written would not leave; ``ours`` the list of what is ours,
            ``contact_of`` whom it names for a customer. ``draft(to, ...)`` is what a person wants to say.
Limits:     the list of what is ours is read when it is asked.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

from comity.bootstrap.conversation import conversation_of, templated
from comity.bootstrap.desk import holdings
from comity.bootstrap.playbook import in_order, playbook_in_use, span_of
from comity.bootstrap.playbook.running import following_of
from comity.bootstrap.sending import sends_notices
from comity.bootstrap.trust.agreements import holding
from comity.model.case_letter import CaseLetter
from comity.model.desk import DeskCase
from comity.model.holding import Holding
from comity.model.outcomes import ComityError, Outcome
from comity.model.sending import CORRESPONDENTS, PeerState
from comity.services.public.cases import family
from comity.services.receive.conversation.addressing import Book, Recipient, recipients
from comity.services.receive.conversation.joining import contact_of
from comity.services.receive.conversation.writing import Composed, Conversation, Draft
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.services.receive.playbook.following import Following
    from comity.store.records import Records

BOTH: Final = "both"


class LetterDesk:
    """Writes letters of people."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def obstacle(self) -> str | None:
        """What is missing before anybody can be written to: the name of a setting."""
        identity = self._settings.identity
        if identity.domain is None:
            return "identity.domain"
        return "identity.address" if identity.address is None else None

    @property
    def our_address(self) -> str:
        """From where letters come."""
        return self._settings.identity.address or ""

    @property
    def signs_as(self) -> str:
        """The domain by which a letter is signed."""
        return self._settings.identity.domain or ""

    def lacks(self, records: "Records") -> str | None:
        """Why a letter would stay in the outbox: ``no-key``, or the state in which letters of people are; None where it leaves."""
        if not sends_notices(self._settings):
            return "no-key"
        peer = records.peers.by_name([CORRESPONDENTS]).get(CORRESPONDENTS)
        return None if peer is None or peer.state is PeerState.LIVE else peer.state.value

    def recipients(self, records: "Records", case: DeskCase, now: datetime) -> list[Recipient]:
        """Who may be written to."""
        book = Book(contact_of=self.contact_of, agreements=lambda rows: holding(self._settings, rows, now))
        return recipients(records, case, family(records, case), book=book)

    def contact_of(self, customer: str) -> str | None:
        """Whom our own list names for a customer; None where it names nobody."""
        return contact_of(self.ours(), customer)

    def ours(self) -> list[Holding]:
        """The list of what is ours, as it is now."""
        return list(holdings(self._settings.own))

    def templates(self) -> Mapping[str, Mapping[str, str]]:
        """The templates of the playbook in use by name, each with its subject in each language."""
        playbook = playbook_in_use(self._settings)
        return {} if playbook is None else {name: each.subject for name, each in sorted(playbook.templates.items())}

    def filled(
        self, records: "Records", name: str, case: DeskCase, *, languages: Sequence[str] = ()
    ) -> tuple[str, str]:
        """Subject and text of a template for this case."""
        return templated(self._settings, name, case, records=records, languages=languages)

    def languages(self, chosen: str, to: Recipient) -> tuple[str, ...]:
        """In which languages a letter speaks: those that were chosen, else what is read there, else every one."""
        one = chosen or to.language
        return in_order(self._settings, () if one in (None, BOTH) else (str(one),))

    def compose(self, records: "Records", case: DeskCase, draft: Draft, *, now: datetime) -> Composed:
        """A letter as it would leave."""
        _stands(case)
        return self._conversation.compose(records, case, draft, now=now)

    def write(self, records: "Records", case: DeskCase, draft: Draft, *, now: datetime) -> CaseLetter:
        """Put a letter into the outbox."""
        _stands(case)
        return self._conversation.write(records, case, draft, now=now)

    def following(self) -> "Following | None":
        """The playbook that hears of answers."""
        return following_of(self._settings)

    @cached_property
    def _conversation(self) -> Conversation:
        return conversation_of(self._settings)


def draft(to: Recipient, *, subject: str, text: str, by: str, within: str, languages: tuple[str, ...]) -> Draft:
    """What a person wants to say; ``within`` is how long the other side has, in words of playbooks."""
    return Draft(
        who=to.who,
        to=to.address,
        subject=" ".join(subject.split()),
        text=text.replace("\r\n", "\n"),
        by=by,
        answer_within=span_of(within) if within else None,
        answers=to.answers,
        languages=languages,
    )


def _stands(case: DeskCase) -> None:
    """A letter about a case that went into another would be in a thread that nobody looks at."""
    if case.merged_into is not None:
        details = {"case": case.case_id, "into": case.merged_into}
        raise ComityError("letter-merged", case.case_id, outcome=Outcome.CONFLICT, details=details)
