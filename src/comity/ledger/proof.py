"""Proofs that stand alone: one text file that says which leaf is at which place under which signed head.

Trust:      a proof comes from anybody; ``read`` answers None for what is no proof, ``checked`` believes only the keys it is given.
Standards:  C2SP tlog-proof (``c2sp.org/tlog-proof@v1``): the ``extra`` line holds the leaf's exact bytes, which are hashed, not
            believed; then the place, the inclusion proof (RFC 6962 section 2.1.1), and the checkpoint with its signatures.
Answers:    ``Proof.text()``, ``read(text)``, ``checked(proof, keys)`` gives ``Checked``.
Limits:     a file of 64 KiB, 63 hashes.
"""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from comity.ledger import checkpoint, leaf, note, tree
from comity.ledger.base64_text import strict

FIRST: Final = "c2sp.org/tlog-proof@v1"
_LIMIT: Final = 1 << 16
_HASHES: Final = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One leaf, its place, the hashes beside its way up, and the head that it leads to."""

    leaf: bytes
    position: int
    hashes: tuple[bytes, ...]
    head: str  # the note

    def text(self) -> str:
        """The file."""
        hashes = "".join(f"{b64encode(each).decode()}\n" for each in self.hashes)
        return f"{FIRST}\nextra {b64encode(self.leaf).decode()}\nindex {self.position}\n{hashes}\n{self.head}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a proof proves; ``fault`` names why it proves nothing."""

    fault: str | None = None  # "proof-malformed", "head-not-signed", "head-malformed", "leaf-malformed", "not-included"
    head: checkpoint.Checkpoint | None = None
    signers: tuple[str, ...] = ()
    cosigned: tuple[tuple[str, int], ...] = ()


def read(text: str) -> Proof | None:
    """Read a proof.

    >>> proof = Proof(leaf=b"{}", position=0, hashes=(bytes(32),), head="a\\n2\\nb\\n\\n\\u2014 c AAAA\\n")
    >>> read(proof.text()) == proof, read("nonsense")
    (True, None)
    """
    top, gap, head = text.partition("\n\n")
    if len(text) > _LIMIT or not gap:
        return None
    lines = top.split("\n")
    if len(lines) < 3 or len(lines) > 3 + _HASHES or lines[0] != FIRST:
        return None
    extra, index = lines[1].removeprefix("extra "), lines[2].removeprefix("index ")
    if extra == lines[1] or index == lines[2]:
        return None
    position, data = checkpoint.number(index), strict(extra)
    hashes = [strict(each) for each in lines[3:]]
    whole = tuple(each for each in hashes if each is not None and len(each) == 32)
    if position is None or data is None or len(whole) != len(hashes):
        return None
    return Proof(leaf=data, position=position, hashes=whole, head=head)


def checked(proof: Proof | None, keys: Iterable[note.Verifier]) -> Checked:
    """Check a proof with public keys and nothing else."""
    if proof is None:
        return Checked(fault="proof-malformed")
    signed = note.opened(proof.head, keys)
    if signed is None or not (signed.signers or signed.cosigned):
        return Checked(fault="head-not-signed")
    head = checkpoint.read(signed.text)
    if head is None:
        return Checked(fault="head-malformed")
    found = Checked(head=head, signers=signed.signers, cosigned=signed.cosigned)
    if leaf.read(proof.leaf) is None:
        return Checked(fault="leaf-malformed", head=head, signers=found.signers, cosigned=found.cosigned)
    place = (proof.position, head.size)
    if not tree.is_included(tree.leaf_hash(proof.leaf), place, proof.hashes, expected=head.root):
        return Checked(fault="not-included", head=head, signers=found.signers, cosigned=found.cosigned)
    return found
