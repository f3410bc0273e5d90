"""A peer whose key is pinned says by its signature that a network or domain is a consumer's.

Trust:      the note comes from anybody; only a pinned key of the signer counts, and only for us, by name, within 30 days.
Standards:  C2SP signed-note; RFC 6449 section 3.2 (proof by somebody who is known).
Answers:    ``checked(voucher)`` what may be signed, ``signed(voucher, ...)`` the note; ``opened(keys, text, ...)`` the voucher
            and who signed it. What may not be is raised as ``ComityError`` with its reason.
Limits:     a mailbox proves itself by an answer: nobody vouches for one.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.feedback.enrolment import claims as rules
from comity.formats import header_text
from comity.ledger import note
from comity.model.consumer import ClaimKind
from comity.model.outcomes import ComityError, Outcome
from comity.model.peer_key import KeyState
from comity.services.prove import pairing
from comity.services.prove.pairing import KeyRows

CODE: Final = "P-"  # how a code of ours begins
FORMAT: Final = "comity-voucher/v1"
LASTS: Final = timedelta(days=30)
_LINES: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Voucher:
    """What is said."""

    consumer: str
    kind: ClaimKind
    subject: str
    to: str  # the domain of whoever is to believe it
    at: datetime


def checked(said: Voucher) -> Voucher:
    """What may be signed, in the form in which the other side knows it."""
    if said.kind is ClaimKind.MAILBOX:
        raise _no("voucher-mailbox")
    answer = rules.somebodys_domain(said.subject)
    if said.kind is ClaimKind.NETWORK:
        answer = rules.somebodys_network(said.subject)
    to = header_text.domain(said.to.strip().lower().rstrip("."))
    if isinstance(answer, rules.Refused) or to is None:
        refused = answer if isinstance(answer, rules.Refused) else rules.Refused(reason="domain", subject=said.to)
        raise _no(refused.reason, place=refused.subject)
    return replace(said, subject=answer, to=to)


def signed(said: Voucher, name: str, key: Ed25519PrivateKey) -> str:
    """The note."""
    at = said.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    lines = (FORMAT, said.to, said.consumer, said.kind.value, said.subject, at)
    return note.sign("\n".join(lines) + "\n", name, key)


def opened(rows: KeyRows, text: str, *, ours: str, now: datetime) -> tuple[Voucher, str]:
    """The voucher, and the peer that signed it."""
    said = _read(text)
    if said is None:
        raise _no("voucher-malformed")
    if said.to != ours:
        raise _no("voucher-elsewhere", to=said.to, ours=ours)
    if not said.at - timedelta(minutes=5) <= now <= said.at + LASTS:
        raise _no("voucher-old", at=f"{said.at:%Y-%m-%d}")
    for line in text.rpartition("\n\n")[2].splitlines():
        name = line.split(" ")[1] if line.count(" ") == 2 else ""
        keys = pairing.verifiers(rows, name, (KeyState.PINNED,), cosigning=False) if name and name != ours else []
        checked = note.opened(text, keys) if keys else None
        if checked is not None and name in checked.signers:
            return said, name
    raise _no("voucher-not-signed")


def _read(text: str) -> Voucher | None:
    lines = text.partition("\n\n")[0].split("\n")
    if len(text) > 4096 or len(lines) != _LINES or lines[0] != FORMAT:
        return None
    try:
        kind = ClaimKind(lines[3])
        at = datetime.strptime(lines[5], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return Voucher(consumer=lines[2], kind=kind, subject=lines[4], to=lines[1], at=at)


def _no(reason: str, place: str = "voucher", **details: object) -> ComityError:
    details["place"] = place
    return ComityError(f"consumer-{reason}", reason, outcome=Outcome.BAD_INPUT, place=place, details=details)
