"""The signed notes of agreements: a document with the signatures of one side or both, and acts about it.

Trust:      a note comes from anybody; ``opened`` says who signed it of those whose keys it is given, and when by their clock.
Standards:  C2SP signed-note. Who signs puts two lines under the text: the plain signature, and a cosignature/v1 with the second.
Answers:    ``signed(text, name, key, now)``, ``opened(text, keys)`` gives ``Opened`` or None where it is no note of ours;
            ``document_text(data)``, ``act_text(act)``; ``key_fault(text, keys, peer)`` why a signature is not believed.
Limits:     two lines of text: what it is, and canonical JSON. A document says all of itself; an act names it by its hash.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.accord.agreement import document, kinds
from comity.formats import canonical_json
from comity.ledger import note
from comity.model.agreement_document import AgreementAct
from comity.model.peer_key import KeyState
from comity.services.prove import pairing

ACT: Final = "comity-agreement-act/v1"
MOST: Final = 256 << 10  # with signature lines
REASONS: Final = (
    "other", "terms", "crossed", "forked", "version-old", "version-gap", "previous-differs", "expired", "clock-ahead",
    "scope-taken",
)  # fmt: skip
_ACT_LIMIT: Final = 8 << 10
_FIELDS: Final[Mapping[str, kinds.Kind]] = {
    "act": kinds.choice(AgreementAct.END.value, AgreementAct.REJECT.value),
    "parties": kinds.many(kinds.DOMAIN, least=2, most=2),
    "by": kinds.DOMAIN,
    "at": kinds.SECOND,
    "effective": kinds.optional(kinds.SECOND),
    "version": kinds.number(1, 10**6),
    "sha256": kinds.DIGEST,
    "reason": kinds.choice(*REASONS),
    "text": kinds.optional(kinds.LINES),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A note: the bytes of a document, or an act; and who signed, each with the second of its clock."""

    data: bytes | None
    act: Mapping[str, Any] | None
    signed: Mapping[str, int]


def document_text(data: bytes) -> str:
    """The text under which both sides sign."""
    return f"{document.FORMAT}\n{data.decode()}\n"


def act_text(act: Mapping[str, Any]) -> str:
    """The text of an act."""
    return f"{ACT}\n{canonical_json.written(act).decode()}\n"


def signed(text: str, name: str, key: Ed25519PrivateKey, *, now: datetime) -> str:
    """The note with our two lines."""
    made = note.sign(text, name, key)
    return note.with_lines(made, [note.cosign(made, name, key, second=int(now.timestamp()))])


def added(theirs: str, name: str, key: Ed25519PrivateKey, *, now: datetime) -> str:
    """Their note, and our two lines under it."""
    text = theirs.rpartition("\n\n")[0] + "\n"
    return note.with_lines(theirs, note.lines_of(signed(text, name, key, now=now)))


def is_one(text: str) -> bool:
    """Whether a text is meant as a note about an agreement: told by its first line."""
    return text.partition("\n")[0] in (document.FORMAT, ACT)


def opened(text: str, keys: Sequence[note.Verifier]) -> Opened | None:
    """Take a note apart; None where it is none, or where a line of a known key does not verify."""
    found = note.opened(text, keys) if len(text) <= MOST else None
    if found is None:
        return None
    lines = found.text.split("\n")
    if len(lines) != 3 or lines[0] not in (document.FORMAT, ACT):
        return None
    seconds = dict(found.cosigned)
    who = {name: seconds[name] for name in found.signers if name in seconds}
    if lines[0] == document.FORMAT:
        return Opened(data=lines[1].encode(), act=None, signed=who)
    act = canonical_json.read(lines[1].encode(), _ACT_LIMIT)
    if act is None or set(act) != set(_FIELDS) or not all(kind.fits(act[name]) for name, kind in _FIELDS.items()):
        return None
    if (act["effective"] is not None) != (act["act"] == AgreementAct.END.value):
        return None
    return Opened(data=None, act=act, signed=who)


def key_fault(text: str, rows: pairing.KeyRows, peer: str) -> str:
    """Why nobody's signature was believed: it does not hold, its key was called back, or nobody knows it."""
    pinned = pairing.verifiers(rows, peer, (KeyState.PINNED,))
    if not pinned and not rows.of(peer):
        return "peer-not-paired"
    if note.opened(text, pinned) is None:
        return "signature-wrong"
    gone = pairing.verifiers(rows, peer, (KeyState.REVOKED, KeyState.ROTATED))
    late = note.opened(text, gone)
    if late is not None and late.signers:
        return "signature-revoked"
    return "signature-missing" if pinned else "peer-not-paired"
