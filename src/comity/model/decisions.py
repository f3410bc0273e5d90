"""What the ladder decides about one complaint: who is told, or a named no; and the steps that led there.

Trust:      ``about`` and a CFBL address are a stranger's text: escape them before showing them.
Answers:    ``Send``, ``NoReport`` and ``Step``; ``keep``, ``noes_in`` and ``steps_in`` for what is kept of them. The reasons are
            the registry ``REASONS``; each has a sentence in every language (``no-report.CODE`` in the catalogue).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from comity.model.agreement import Agreement, BodyPolicy, ReportFormat
from comity.model.network_contact import FoundContact
from comity.model.origin import ReplayGrade, Role
from comity.model.record import record
from comity.model.tier import Tier

# Nobody was told, because nobody is known who could be.
UNTOLD: Final = "no-agreement-and-no-cfbl-address"
_STEPS: Final = "steps"
# The names of every no. Counters, audit, command line and page show the same word.
REASONS: Final = frozenset(
    {
        # -- about the message, whoever is responsible for it
        "unreadable",
        "is-report",
        "is-bounce",
        "is-auto-reply",
        "loop",
        "trap",
        "too-old",
        # -- about one party
        "source-unknown",
        "source-private",
        "source-only-claimed",
        "own-network",
        "own-domain",
        UNTOLD,
        "tier-none",
        "not-spam-not-agreed",
        "definition-not-agreed",
        "class-not-agreed",
        "agreement-ended",
        "agreement-changed",
        "shown-less",
        "subjects-reached",
        "recipient-unknown",
        "address-malformed",
        "dkim-replay",
        # -- CFBL, RFC 9477
        "cfbl-header-malformed",
        "cfbl-from-missing",
        "cfbl-signature-missing",
        "cfbl-signature-not-valid",
        "cfbl-header-not-signed",
        "cfbl-feedback-id-not-signed",
        "cfbl-message-id-missing",
        "cfbl-takes-complaints-only",
        # -- said before
        "complainer-told",
        "campaign-told",
        "campaign-resolved",
        # -- unsolicited, RFC 6650
        "contact-unknown",
        "contact-unconfirmed",
        "contact-bounced",
        "contact-stopped",
        "other-regime",
        "network-enough",
        "unsolicited-enough",
        # -- after the redaction
        "redaction-leak",
        "redaction-unchecked",
    }
)


@record
class Step:
    """One question of the ladder, its answer, and why: "who is responsible, in which role, by which rule"."""

    rule: str
    held: bool
    reason: str | None = None  # of REASONS, or the name of a rule that did not hold
    about: str | None = None  # what was looked at: an address, a domain


@record
class Send:
    """This party is told."""

    party: str
    role: Role
    address: str
    rule: str  # "dkim:DOMAIN", "network:PREFIX", "cfbl:strict" ...
    tier: Tier
    body: BodyPolicy
    report_format: ReportFormat
    agreement: Agreement | None  # None: the message itself named the address (CFBL), or a registry did
    replay: ReplayGrade | None = None  # a signature that holds was, or may have been, sent again by somebody else
    informs: bool = False  # the party signed what somebody else sent again: it is told, and not blamed
    unasked: FoundContact | None = None  # it did not ask to be told: by whose word it is the one (RFC 6650)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoReport:
    """Nobody, or this party, is not told, and why."""

    reason: str
    party: str | None = None
    role: Role | None = None
    about: str | None = None


Decision = Send | NoReport


@record
class Decided:
    """The answer of the ladder for one message: at least one decision, every party once."""

    decisions: tuple[Decision, ...]
    steps: tuple[Step, ...]
    to_look_up: str | None = None  # nobody is told, and this address may be asked about at the registry

    @property
    def sends(self) -> tuple[Send, ...]:
        """The parties that are told."""
        return tuple(decision for decision in self.decisions if isinstance(decision, Send))

    @property
    def refusals(self) -> tuple[NoReport, ...]:
        """The named noes."""
        return tuple(decision for decision in self.decisions if isinstance(decision, NoReport))


def step_object(step: Step) -> dict[str, Any]:
    """A step as it is kept beside its complaint; of an address only the domain, which names nobody.

    >>> step_object(Step(rule="cfbl", held=False, reason="cfbl-signature-missing", about="fbl+ann@sender.example"))["about"]
    '@sender.example'
    """
    about = step.about
    if about is not None and "@" in about:
        about = "@" + about.rpartition("@")[2]
    found = {"rule": step.rule, "held": step.held, "reason": step.reason, "about": about}
    return {key: value for key, value in found.items() if value is not None}


def keep(noes: Sequence[Mapping[str, Any]], steps: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What is kept of a complaint that was decided: the named noes, and behind them all steps in one object.

    That has the keys of a no behind: 0.9.0, which may write beside us during an upgrade, reads them of every object there.
    """
    return [*noes, {_STEPS: list(steps), "reason": _STEPS, "party": None}] if steps else list(noes)


def noes_in(kept: Sequence[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """The named noes out of what is kept.

    >>> noes_in(keep([{"reason": "trap", "party": None}], [{"rule": "message", "held": False}]))
    [{'reason': 'trap', 'party': None}]
    """
    return [dict(each) for each in kept or () if _STEPS not in each]


def steps_in(kept: Sequence[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """All steps, in order; none for what was decided before they were kept."""
    return [dict(step) for each in kept or () for step in each.get(_STEPS, ())]


def step_shown(kept: Mapping[str, Any]) -> dict[str, Any]:
    """A kept step with all its keys."""
    return {key: kept.get(key) for key in ("rule", "held", "reason", "about")}
