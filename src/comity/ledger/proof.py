"""Proofs that stand alone: one text file that says which leaf is at which place under which signed head, or which two heads of
one writer cannot both be of one history.

Trust:      a proof comes from anybody; ``read`` answers None for what is no proof, ``checked`` believes only the keys it is given.
Standards:  C2SP tlog-proof (``c2sp.org/tlog-proof@v1``): the ``extra`` line holds the leaf's exact bytes, which are hashed, not
            believed; then the place, the inclusion proof (RFC 6962 section 2.1.1), and the checkpoint with its signatures.
            Two histories have a format of ours: two heads of one channel, the root that the leaves under the larger one have
            where the smaller one ends, and the consistency proof between these two (RFC 9162 section 2.1.4). Whoever has two
            heads over equally many leaves needs nothing between them.
Answers:    ``Proof.text()``, ``read(text)``, ``checked(proof, keys)`` gives ``Checked``; ``Fork.text()``, ``read_fork(text)``,
            ``checked_fork(fork, keys)`` gives ``CheckedFork``.
Limits:     a file of 64 KiB, 63 hashes.
"""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from comity.ledger import checkpoint, leaf, note, tree
from comity.ledger.base64_text import strict

FIRST: Final = "c2sp.org/tlog-proof@v1"
FORK: Final = "comity-fork/v1"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """Two heads that one writer signed; ``root`` is that of the larger one's leaves where the smaller one ends."""

    smaller: str  # notes
    larger: str
    root: bytes
    hashes: tuple[bytes, ...] = ()

    def text(self) -> str:
        """The file."""
        hashes = "".join(f"{b64encode(each).decode()}\n" for each in self.hashes)
        return f"{FORK}\nroot {b64encode(self.root).decode()}\n{hashes}\n{self.smaller}\n{self.larger}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFork:
    """What is proved: that ``writer`` signed both heads, and that they are of two histories; ``fault`` names why nothing is."""

    # "fork-malformed", "head-not-signed", "head-malformed", "one-history", "not-consistent"
    fault: str | None = None
    writer: str | None = None
    smaller: checkpoint.Checkpoint | None = None
    larger: checkpoint.Checkpoint | None = None


def read_fork(text: str) -> Fork | None:
    """Read the file about two histories.

    >>> fork = Fork(smaller="c\\n1\\nA\\n\\n\\u2014 c AAAA\\n", larger="c\\n1\\nB\\n\\n\\u2014 c AAAA\\n", root=bytes(32))
    >>> read_fork(fork.text()) == fork, read_fork("nonsense")
    (True, None)
    """
    parts = text.split("\n\n")
    if len(text) > _LIMIT or len(parts) != 5 or not text.endswith("\n"):
        return None
    lines = parts[0].split("\n")
    root = strict(lines[1].removeprefix("root ")) if len(lines) > 1 and lines[1].startswith("root ") else None
    hashes = [strict(each) for each in lines[2:]]
    whole = tuple(each for each in hashes if each is not None and len(each) == 32)
    if lines[0] != FORK or root is None or len(root) != 32 or len(whole) != len(hashes) or len(whole) > _HASHES:
        return None
    return Fork(smaller=f"{parts[1]}\n\n{parts[2]}\n", larger=f"{parts[3]}\n\n{parts[4]}", root=root, hashes=whole)


def checked_fork(fork: Fork | None, keys: Iterable[note.Verifier]) -> CheckedFork:
    """Check with public keys and nothing else."""
    if fork is None:
        return CheckedFork(fault="fork-malformed")
    known, heads = list(keys), list[checkpoint.Checkpoint]()
    for text in (fork.smaller, fork.larger):
        signed = note.opened(text, known)
        head = checkpoint.read(signed.text) if signed is not None else None
        name = checkpoint.channel_name(head.origin) if head is not None else None
        if signed is not None and (head is None or name is None or head.extensions):
            return CheckedFork(fault="head-malformed")
        if signed is None or name is None or head is None or name.writer not in signed.signers:
            return CheckedFork(fault="head-not-signed")
        heads.append(head)
    smaller, larger = heads
    found = CheckedFork(writer=_writer(smaller), smaller=smaller, larger=larger)
    if smaller.origin != larger.origin or smaller.size > larger.size or smaller.root == fork.root:
        return replace(found, fault="one-history")
    if not tree.is_consistent(((smaller.size, fork.root), (larger.size, larger.root)), fork.hashes):
        return replace(found, fault="not-consistent")
    return found


def _writer(head: checkpoint.Checkpoint) -> str | None:
    name = checkpoint.channel_name(head.origin)
    return None if name is None else name.writer
