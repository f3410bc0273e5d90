"""What two people read out to each other: a card with a network's public keys, and its fingerprint in figures and in words.

Trust:      a card comes by any way and is believed by nobody before its fingerprint was read out and typed in.
Standards:  keys as C2SP signed-note writes them; the fingerprint is the first 16 bytes of SHA-256 over the card's text, because
            whoever wants to be taken for another must find a second card with the same one (2**128 tries).
Answers:    ``Card.text()``, ``read_card(text)``, ``figures``, ``words``, and ``heard(said, lists)`` for what a person typed.
Limits:     a list has 256 words; the seventeenth word is a checksum, so that one wrong word is noticed.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from comity.ledger import note

FIRST: Final = "comity-card/v1"
LENGTH: Final = 16
LISTED: Final = 256
_LIMIT: Final = 2000
# Behind a network's name: the key that calls the other one back, and signs nothing else.
REVOCATION: Final = "/revocation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A network's two public keys: the one it signs with, and the one, kept off-line, that can call the first one back."""

    ledger: note.Verifier
    revocation: note.Verifier

    @property
    def name(self) -> str:
        """The network's domain."""
        return self.ledger.name

    def text(self) -> str:
        """The card, as it is handed over."""
        return f"{FIRST}\n{self.ledger.encoded()}\n{self.revocation.encoded()}\n"

    def fingerprint(self) -> bytes:
        """What is read out."""
        return sha256(self.text().encode()).digest()[:LENGTH]


def card_of(name: str, ledger: bytes, revocation: bytes) -> Card:
    """The card of a network with these public keys."""
    return Card(
        ledger=note.Verifier(name=name, public=ledger),
        revocation=note.Verifier(name=f"{name}{REVOCATION}", public=revocation),
    )


def read_card(text: str) -> Card | None:
    """Read a card: its first line and the two after it. Blanks, and what stands around them, do not matter: the command that
    prints a card says the fingerprint below it, and a mail says more.

    >>> card = card_of("west.example", bytes(32), bytes(32))
    >>> read_card(f"Our card:\\n\\n{card.text()}Fingerprint: 0001 0203") == card, read_card("nonsense")
    (True, None)
    """
    lines = [line.strip() for line in text[:_LIMIT].splitlines() if line.strip()]
    lines = lines[lines.index(FIRST) :][:3] if FIRST in lines else []
    if len(lines) != 3:
        return None
    ledger, revocation = note.decoded(lines[1]), note.decoded(lines[2])
    if ledger is None or revocation is None or revocation.name != f"{ledger.name}{REVOCATION}":
        return None
    if ledger.algorithm != note.ED25519 or revocation.algorithm != note.ED25519 or ledger.name != ledger.name.lower():
        return None
    return Card(ledger=ledger, revocation=revocation)


def figures(fingerprint: bytes) -> str:
    """Eight groups of four hexadecimal figures.

    >>> figures(bytes(range(16)))
    '0001 0203 0405 0607 0809 0a0b 0c0d 0e0f'
    """
    text = fingerprint.hex()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def words(fingerprint: bytes, listed: Sequence[str]) -> tuple[str, ...]:
    """A word for each byte, and one over all of them."""
    return tuple(listed[each] for each in (*fingerprint, _checksum(fingerprint)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a person typed: the fingerprint, or what is wrong with it."""

    fingerprint: bytes | None = None
    fault: str | None = None  # "pairing-length", "pairing-word", "pairing-checksum"
    details: Mapping[str, object] | None = None


def heard(said: str, lists: Sequence[Sequence[str]]) -> Heard:
    """Read a fingerprint in figures, or in the words of one of the lists.

    >>> heard("0001 0203 0405 0607 0809 0A0B 0C0D 0E0F", ()).fingerprint == bytes(range(16))
    True
    >>> heard("0001", ()).fault
    'pairing-length'
    """
    parts = said.lower().replace("-", " ").split()
    joined = "".join(parts)
    if len(joined) == 2 * LENGTH and all(sign in "0123456789abcdef" for sign in joined):
        return Heard(fingerprint=bytes.fromhex(joined))
    if joined and all("\u4e00" <= sign <= "\u9fff" for sign in joined):  # two signs a word, blanks or none between them
        parts = [joined[start : start + 2] for start in range(0, len(joined), 2)]
    if len(parts) != LENGTH + 1:
        return Heard(fault="pairing-length", details={"n": len(parts)})
    listed = max(lists, key=lambda each: len({*parts} & {*each}), default=())
    numbers = {word: number for number, word in enumerate(listed)}
    for place, word in enumerate(parts, 1):
        if word not in numbers:
            near = difflib.get_close_matches(word, listed, n=1)
            return Heard(fault="pairing-word", details={"n": place, "word": word, "near": near[0] if near else "-"})
    fingerprint = bytes(numbers[word] for word in parts[:LENGTH])
    if numbers[parts[-1]] != _checksum(fingerprint):
        return Heard(fault="pairing-checksum")
    return Heard(fingerprint=fingerprint)


def _checksum(fingerprint: bytes) -> int:
    return sha256(b"comity-checksum/v1\n" + fingerprint).digest()[0]
