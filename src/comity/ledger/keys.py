"""What is said about keys: a new one takes the place of the old, or a key is called back.

Trust:      a rotation shows that one hand held both keys; whether the old one is believed, the caller decides. A revocation is
            checked with the key that is kept off-line.
Standards:  C2SP signed notes; the statement stands whole in a leaf of type ``key``, and can be mailed.
Answers:    ``rotation(...)`` and ``revocation(...)`` write them, ``read_rotation`` and ``read_revocation`` give what
            they say or None.
Limits:     a revocation has no date of its own: from when on it counts, the receiver notes.
"""

from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.ledger import note

_ROTATION: Final = "comity-key-rotation/v1"
_REVOCATION: Final = "comity-key-revocation/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """``new`` takes the place of ``old``; both signed."""

    old: note.Verifier
    new: note.Verifier

    @property
    def peer(self) -> str:
        """Whose keys they are."""
        return self.old.name


def rotation(name: str, old: Ed25519PrivateKey, new: Ed25519PrivateKey) -> str:
    """The statement, signed with both keys."""
    text = f"{_ROTATION}\n{note.verifier_of(name, old).encoded()}\n{note.verifier_of(name, new).encoded()}\n"
    return note.with_lines(note.sign(text, name, old), note.lines_of(note.sign(text, name, new)))


def read_rotation(statement: str) -> Rotation | None:
    """What a rotation says, where both keys signed it.

    >>> old, new = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    >>> said = rotation("west.example", old, new)
    >>> read_rotation(said).new == note.verifier_of("west.example", new)
    True
    >>> read_rotation("".join(said.splitlines(keepends=True)[:-1])) is None
    True
    """
    lines = statement.partition("\n\n")[0].split("\n")
    if len(lines) != 3 or lines[0] != _ROTATION:
        return None
    old, new = note.decoded(lines[1]), note.decoded(lines[2])
    if old is None or new is None or old.name != new.name or old == new:
        return None
    for each in (old, new):
        signed = note.opened(statement, [each])
        if each.algorithm != note.ED25519 or signed is None or not signed.signers:
            return None
    return Rotation(old=old, new=new)


def revocation(key: note.Verifier, offline: Ed25519PrivateKey, offline_name: str) -> str:
    """The statement that calls a key back, signed with the key that is kept off-line."""
    return note.sign(f"{_REVOCATION}\n{key.encoded()}\n", offline_name, offline)


def read_revocation(statement: str, offline: note.Verifier) -> note.Verifier | None:
    """The key that is called back, where the off-line key signed."""
    signed = note.opened(statement, [offline])
    if signed is None or not signed.signers:
        return None
    lines = signed.text.split("\n")
    if len(lines) != 3 or lines[0] != _REVOCATION:
        return None
    return note.decoded(lines[1])
