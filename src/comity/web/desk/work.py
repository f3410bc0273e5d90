"""What the pages of the desk are given, and who is looking at one.

Answers:    ``DeskWork``, ``Visit``; ``NUMBER``, the number of a row as a path or a form gives it.
Limits:     the pages decide nothing: what may be done, and what it does, stands in the services.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from starlette.requests import Request

from comity.bootstrap.checking.check import Check
from comity.bootstrap.conversation.letter_desk import LetterDesk
from comity.bootstrap.pages.dealings import Dealings
from comity.bootstrap.pages.first_steps import Step
from comity.bootstrap.pages.sampling import SampleFolder
from comity.locale import Catalogue
from comity.model.account import Permit, Signed
from comity.model.arrival import Arrival
from comity.model.case import SubjectKind
from comity.model.desk import DeskCase
from comity.model.log_events import LogEvent
from comity.services.operate.accounts.elsewhere.signing_in import Elsewhere
from comity.services.operate.accounts.keeping import Keeping
from comity.services.operate.accounts.passkeys import Passkeys
from comity.services.operate.accounts.signing_in import SigningIn
from comity.services.public.pages.filter import FilterDoing
from comity.services.public.pages.flows import NetworkOf
from comity.services.public.pages.remedy import RemedyDoing
from comity.services.receive.answering import note_down
from comity.store.engine import Store
from comity.store.records import Records

NUMBER: Final = re.compile(r"[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskWork:
    """All that the pages need."""

    store: Store
    now: Callable[[], datetime]
    log: LogEvent
    house: str  # our name, as it stands above every page
    signing_in: SigningIn
    keeping: Callable[[Records, datetime], Keeping]  # who looks after accounts in a transaction
    chance: Callable[[int], bytes]
    find: Callable[[Records, str, datetime], Signed | None]  # who holds the token of a session
    person: Callable[..., Any]  # who works on cases in a transaction
    decide: Callable[..., Any]  # does what a playbook offers in a case
    course: Callable[..., Any]  # where a case stands in its playbook
    checks: Callable[[], Sequence[Check]]  # how well everything is; may take seconds
    steps: Callable[[Records], Sequence[Step]]  # the way of a new desk
    put: Callable[[Arrival], Future[int]]  # takes a mail in again; the future resolves when it is safe
    take_apart: Callable[..., Any]  # a mail, for people to look at; None where that could not be done
    tell: Callable[..., Any] = note_down  # answers the reporters of a case
    dealings: Dealings = field(default_factory=Dealings)  # what pages about other networks show and do
    holders: frozenset[str] = frozenset()  # who may put anything on legal hold
    zone: tzinfo = UTC
    is_secure: bool = False  # browsers reach it over TLS alone
    is_behind_proxy: bool = False
    elsewhere: Elsewhere | None = None  # the way in through another house
    passkeys: Passkeys | None = None  # None where pages do not know how browsers reach them
    letters: LetterDesk | None = None  # who writes about cases
    filtering: FilterDoing | None = None  # what may be done with the filter
    remedying: RemedyDoing | None = None  # what the settings say of infected lines and the playbook
    network: NetworkOf = lambda _: None  # whose an address is, where a table says so
    has_networks: Callable[[], bool] = lambda: False  # whether there is such a table
    sample: SampleFolder | None = None  # where the sample desk lies
    is_sample: bool = False  # this is the sample desk: nothing on it is real, nothing leaves


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of somebody who is signed in; ``form`` holds every field with all its values."""

    request: Request
    signed: Signed
    words: Catalogue
    now: datetime
    after: int = 0  # up to where whoever asks has written: what is shown must have it
    form: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def may(self, permit: Permit) -> bool:
        """Whether the account may do that."""
        return permit in self.signed.permits

    def as_seen(self, case: DeskCase) -> DeskCase:
        """A case as the account may see it: that of a letter is called by who wrote it, and about what."""
        if case.subject_kind is not SubjectKind.LETTER or self.may(Permit.PERSONAL_SEE):
            return case
        return replace(case, label=self.words.say("desk-cases.a-letter", case=case.case_id[:8]), contact=None)

    def said(self, name: str, most: int = 4000) -> str:
        """One field of the form, without the blanks around it."""
        values = self.form.get(name, ())
        return values[0].replace("\0", "").strip()[:most] if values else ""

    def asked(self, name: str, most: int = 200) -> str:
        """One part of the query."""
        return self.request.query_params.get(name, "").replace("\0", "").strip()[:most]
