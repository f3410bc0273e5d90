"""A stranger applies for feedback in a browser, proves what is his, and comes back to see how it stands.

Trust:      nothing that is said here tells who else is enrolled: names are ours, and what somebody else has proved is told only to
            whoever proved it too. A mail goes to the mailbox that is claimed; to a domain's own mailboxes on a click, and bounded.
Standards:  RFC 6449 section 3.2; promise P9: proof accepts nobody, a person does.
Answers:    ``Applying``, an act a method, in the caller's transaction; ``checked_names`` says which names of the DNS are looked at.
Limits:     twenty claims; five applications a household and day, as many as the settings say from everybody; a check of the DNS
            every twenty seconds, of ten names; the mailboxes of three domains asked a day; four mails a day about pausing.
"""

from base64 import b32encode
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from comity.formats.proof import CODE_BYTES, code, stands
from comity.model.agreement import ReportFormat
from comity.model.consumer import ClaimKind, Consumer, ConsumerAct
from comity.model.outcomes import ComityError, Outcome
from comity.model.portal import KeyKind
from comity.services.complain.enrolment.acting import BY_WEB, Application, EnrolmentDesk, WantedProof
from comity.services.complain.enrolment.mail import Asking
from comity.services.complain.portal.keys import Keys
from comity.services.complain.portal.rows import PortalTransaction

MOST_CLAIMS: Final = 20
CHECK_EVERY: Final = timedelta(seconds=20)
NAMES_A_CHECK: Final = 10
OF_A_HOUSEHOLD: Final = 5
MAILS_A_DAY: Final = 3
ACTS_TOLD: Final = 4  # a day, of pausing and going on
_DAY: Final = timedelta(days=1)
_BACK_AND_FORTH: Final = (ConsumerAct.SUSPEND.value, ConsumerAct.RESUME.value)
_CODE_LENGTH: Final = len(code(bytes(CODE_BYTES)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What an applicant wrote."""

    mailbox: str
    contact: str = ""
    domains: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    report_format: ReportFormat = ReportFormat.ARF
    languages: tuple[str, ...] = ("en",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The page of one application: where it stands and what proves each claim."""

    consumer: Consumer
    wanted: Sequence[WantedProof]
    may_mail: bool
    wait: timedelta | None  # until the DNS may be looked at again


class DeskOf(Protocol):
    """Who enrols, in a transaction."""

    def __call__(self, rows: PortalTransaction, *, actor: str, now: datetime) -> EnrolmentDesk:
        """The desk."""


class Applying:
    """What applicants do."""

    def __init__(
        self, keys: Keys, desk: DeskOf, asking: Asking, *, chance: Callable[[int], bytes], most_a_day: int
    ) -> None:
        self.keys, self._desk, self._asking, self._chance = keys, desk, asking, chance
        self.most_a_day = most_a_day

    def apply(self, rows: PortalTransaction, form: Form, *, household: str, now: datetime) -> str:
        """Write an application down; the secret of its page. A claim that may not be made refuses all of it, by name."""
        about = self.keys.marked(household)
        if rows.portal.count(KeyKind.APPLICATION, now - _DAY) >= self.most_a_day:
            raise _no("portal-applications-full", Outcome.TRY_AGAIN)
        if rows.portal.count(KeyKind.APPLICATION, now - _DAY, about=about) >= OF_A_HOUSEHOLD:
            raise _no("portal-applications-often", Outcome.TRY_AGAIN)
        if len(form.domains) + len(form.networks) > MOST_CLAIMS:
            raise ComityError(
                "consumer-too-many", "too many", outcome=Outcome.BAD_INPUT, details={"most": MOST_CLAIMS, "place": ""}
            )
        wanted = Application(
            name=self._name(form.mailbox),
            address=form.mailbox,
            contact=form.contact or None,
            networks=form.networks,
            domains=form.domains,
            languages=form.languages,
            report_format=form.report_format,
        )
        made = self._desk(rows, actor=BY_WEB, now=now).apply(wanted, tells_of_others=False)
        mailboxes = [each for each in rows.consumers.claims(made.name) if each.kind is ClaimKind.MAILBOX]
        self._asking.ask(rows, mailboxes, now=now)
        return self.keys.give(rows.portal, KeyKind.APPLICATION, made.name, about=about, now=now)

    def open(self, rows: PortalTransaction, name: str, *, now: datetime) -> Applied:
        """How one stands."""
        desk = self._desk(rows, actor=BY_WEB, now=now)
        wanted = desk.wanted(name)
        last = max((each.claim.checked for each in wanted if each.claim.checked), default=None)
        wait = None if last is None or now - last >= CHECK_EVERY else CHECK_EVERY - (now - last)
        return Applied(consumer=desk.find(name), wanted=wanted, may_mail=self._asking.may_write(rows), wait=wait)

    def look(
        self,
        rows: PortalTransaction,
        name: str,
        found: Mapping[str, str | None],
        *,
        asked: Collection[str],
        now: datetime,
    ) -> dict[str, str]:
        """What came of looking at these names: by subject "proved", "none", "other", "taken" or "no-answer"."""
        desk = self._desk(rows, actor=BY_WEB, now=now)
        before = {each.claim.subject: each for each in desk.wanted(name) if each.dns_name in asked}
        desk.look(name, found)
        held = {each.subject for each in rows.consumers.claims(name) if each.holds(now)}
        return {subject: _word(each, found, held) for subject, each in before.items()}

    def typed(self, rows: PortalTransaction, name: str, text: str, *, now: datetime) -> bool:
        """Whether the code that was mailed is this one: then it proves its claim."""
        said = text.strip().upper()
        if len(said) != _CODE_LENGTH:
            return False
        return self._desk(rows, actor=BY_WEB, now=now).typed(name, said) is not None

    def mail(self, rows: PortalTransaction, name: str, subject: str, *, now: datetime) -> list[str]:
        """Ask for one proof by mail; to whom."""
        claims = rows.consumers.claims(name)
        asked = [each for each in claims if each.asked is not None and now - each.asked < _DAY]
        if sum(each.kind is not ClaimKind.MAILBOX for each in asked) >= MAILS_A_DAY:
            return []
        claims = [each for each in claims if each.subject == subject and not each.holds(now)]
        return self._asking.ask(rows, claims, now=now)

    def withdraw(self, rows: PortalTransaction, name: str, *, now: datetime) -> Consumer:
        """End it, from wherever it stands."""
        return self.own_act(rows, name, ConsumerAct.LEAVE, reason=None, now=now)

    def own_act(
        self, rows: PortalTransaction, name: str, act: ConsumerAct, *, reason: str | None, now: datetime
    ) -> Consumer:
        """Pause, go on, leave: what a network does about itself; its mailbox is told, in case it was somebody else. Whoever pauses
        and goes on all day does not fill that mailbox, which may be another's of the same organisation."""
        done = [each for each in rows.consumers.history(name) if each.actor == BY_WEB and now - each.at < _DAY]
        changed = self._desk(rows, actor=BY_WEB, now=now).act(name, act, reason=reason)
        if act is ConsumerAct.LEAVE or sum(each.act in _BACK_AND_FORTH for each in done) < ACTS_TOLD:
            self._asking.tell(rows, changed, act, now=now)
        return changed

    def _name(self, mailbox: str) -> str:
        """One that nobody chose and nobody else has: whoever may choose finds out who is here."""
        at = mailbox.strip().lower().rpartition("@")[2]
        legible = "".join(each for each in at if each.isascii() and (each.isalnum() or each in ".-")).strip(".-")[:40]
        mark = b32encode(self._chance(5)).decode().lower()
        return f"{legible or 'network'}-{mark}"


def checked_names(applied: Applied, now: datetime) -> list[str]:
    """Which names of the DNS are looked at now: what is not proved, what was looked at longest ago first."""
    open_ones = [each for each in applied.wanted if each.dns_name is not None and not each.claim.holds(now)]
    ordered = sorted(open_ones, key=lambda each: each.claim.checked.timestamp() if each.claim.checked else 0.0)
    return [each.dns_name for each in ordered[:NAMES_A_CHECK] if each.dns_name is not None]


def _word(each: WantedProof, found: Mapping[str, str | None], held: set[str]) -> str:
    if each.claim.subject in held:
        return "proved"
    if each.dns_name is None or each.dns_name not in found:
        return "no-answer"
    said = found[each.dns_name]
    if said is None:
        return "none"
    return "taken" if each.dns_value is not None and stands(said, each.dns_value) else "other"


def _no(code_of_it: str, outcome: Outcome) -> ComityError:
    return ComityError(code_of_it, code_of_it, outcome=outcome)
