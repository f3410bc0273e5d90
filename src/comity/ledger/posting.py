"""What one network posts to another: the leaves after a size that both know, their payloads, and the heads over them.

Trust:      the message comes from anybody: ``read_posting`` gives a posting or the fault in it, and raises nothing.
Standards:  JSON (RFC 8259); heads are signed notes, leaves travel as the exact text that was hashed.
Answers:    ``Posting``, ``write``, ``read_posting``; ``Question`` and ``read_question`` for what a network asks about a channel.
Limits:     8 MiB and 2,000 leaves a message; the last head covers exactly what is sent.
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.ledger import checkpoint, note
from comity.ledger.base64_text import strict

MOST_BYTES: Final = 8 << 20
MOST_LEAVES: Final = 2000
_MOST_HEADS: Final = 2000
_FIELDS: Final = frozenset({"origin", "old_size", "leaves", "payloads", "heads", "go_on"})
_MOST_PAYLOAD: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The payload of one leaf, with the salt of its commitment."""

    position: int
    salt: bytes
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """Leaves of one channel after the first ``old_size``."""

    origin: str
    old_size: int
    leaves: tuple[bytes, ...]
    payloads: tuple[Beside, ...]
    heads: tuple[str, ...]  # notes, smallest tree first; the last covers all leaves
    go_on: tuple[int, ...] = ()  # leaves that the other side refused, as we know: what follows them is to be taken

    @property
    def size(self) -> int:
        """How many leaves the channel has then."""
        return self.old_size + len(self.leaves)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a message is refused, by name, and where."""

    code: str
    where: str | None = None


def write(posting: Posting) -> bytes:
    """The message."""
    beside = {"go_on": list(posting.go_on)} if posting.go_on else {}
    return json.dumps(
        {
            "origin": posting.origin,
            "old_size": posting.old_size,
            "leaves": [each.decode() for each in posting.leaves],
            "payloads": [
                [each.position, b64encode(each.salt).decode(), b64encode(each.payload).decode()]
                for each in posting.payloads
            ],
            "heads": list(posting.heads),
            **beside,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()


def loaded(data: bytes) -> Any:
    """JSON of a stranger; None for what is none, or is nested too deeply."""
    try:
        return json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return None


def read_posting(data: bytes) -> Posting | Fault:
    """Read a message.

    >>> posting = Posting(origin="a/to/b/2026q4", old_size=0, leaves=(b"{}",), payloads=(), heads=("note",))
    >>> read_posting(write(posting)) == posting, read_posting(b"[").code
    (True, 'message-malformed')
    """
    if len(data) > MOST_BYTES:
        return Fault(code="message-too-large")
    said = loaded(data)
    if not isinstance(said, dict):
        return Fault(code="message-malformed")
    go_on = said.setdefault("go_on", [])
    if set(said) != _FIELDS:
        return Fault(code="message-malformed", where="fields")
    for name, fits in (
        ("origin", isinstance(said["origin"], str)),
        ("old_size", _is_number(said["old_size"])),
        ("leaves", _is_texts(said["leaves"], MOST_LEAVES) and bool(said["leaves"])),
        ("heads", _is_texts(said["heads"], _MOST_HEADS) and bool(said["heads"])),
        ("payloads", isinstance(said["payloads"], list) and len(said["payloads"]) <= MOST_LEAVES),
        ("go_on", isinstance(go_on, list) and len(go_on) <= MOST_LEAVES and all(_is_number(each) for each in go_on)),
    ):
        if not fits:
            return Fault(code="message-malformed", where=name)
    payloads = [_beside(each) for each in said["payloads"]]
    whole = tuple(each for each in payloads if each is not None)
    if len(whole) != len(payloads) or len({each.position for each in whole}) != len(whole):
        return Fault(code="message-malformed", where="payloads")
    return Posting(
        origin=said["origin"],
        old_size=said["old_size"],
        leaves=tuple(each.encode() for each in said["leaves"]),
        payloads=whole,
        heads=tuple(said["heads"]),
        go_on=tuple(go_on),
    )


def _beside(value: object) -> Beside | None:
    if not isinstance(value, list) or len(value) != 3 or not _is_number(value[0]):
        return None
    salt, payload = unbase64(value[1]), unbase64(value[2])
    if salt is None or payload is None or not 16 <= len(salt) <= 64 or len(payload) > _MOST_PAYLOAD:
        return None
    return Beside(position=value[0], salt=salt, payload=payload)


def unbase64(value: object) -> bytes | None:
    """The bytes of a base64 text, None where it is none."""
    return strict(value) if isinstance(value, str) else None


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 48


def _is_texts(value: object, most: int) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= most
        and all(isinstance(each, str) and _is_utf8(each) for each in value)
    )


def _is_utf8(text: str) -> bool:
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a network wants to know about a channel: signed, so that nobody else learns it."""

    asker: str
    asked: str
    origin: str
    what: str  # "head", "roots", "leaves"; "statement": then ``origin`` is a period
    numbers: tuple[int, ...]
    second: int

    def text(self) -> str:
        """The text that is signed."""
        numbers = " ".join(map(str, self.numbers))
        return f"{_QUESTION}\n{self.asker}\n{self.asked}\n{self.origin}\n{self.what} {numbers}\ntime {self.second}\n"


_QUESTION: Final = "comity-question/v1"
QUESTIONS: Final = ("head", "roots", "leaves", "statement")


def ask(question: Question, key: Ed25519PrivateKey) -> str:
    """A question as a signed note."""
    return note.sign(question.text(), question.asker, key)


def read_question(data: bytes, keys: Iterable[note.Verifier]) -> Question | Fault:
    """Read a question, where one of the keys signed it."""
    try:
        signed = note.opened(data.decode("utf-8"), keys)
    except UnicodeDecodeError:
        return Fault(code="message-malformed")
    if signed is None or not signed.signers:
        return Fault(code="head-not-signed")
    lines = signed.text.split("\n")
    if len(lines) != 7 or lines[0] != _QUESTION:
        return Fault(code="message-malformed")
    what, _, rest = lines[4].partition(" ")
    numbers = _numbers(rest.split())
    second = checkpoint.number(lines[5].removeprefix("time "))
    if what not in QUESTIONS or numbers is None or second is None or signed.signers != (lines[1],):
        return Fault(code="message-malformed")
    return Question(asker=lines[1], asked=lines[2], origin=lines[3], what=what, numbers=numbers, second=second)


def _numbers(words: Sequence[str]) -> tuple[int, ...] | None:
    found = [checkpoint.number(each) for each in words]
    whole = tuple(each for each in found if each is not None)
    return whole if len(whole) == len(found) and len(whole) <= 64 else None
