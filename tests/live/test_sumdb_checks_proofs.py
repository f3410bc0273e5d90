"""Go's checksum database checks our proofs: its note and tree libraries, as Debian packages them, know nothing of us."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.ledger import checkpoint, leaf, note, proof, tree

pytestmark = pytest.mark.live
SOURCE = Path(__file__).parent / "sumdb" / "main.go"
WEST, EAST = (
    Ed25519PrivateKey.from_private_bytes(bytes(range(32))),
    Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))),
)


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("go") is None:
        pytest.skip("no Go compiler")
    folder = tmp_path_factory.mktemp("go")
    environment = {
        **os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "", "GOCACHE": str(folder / "cache"),
    }  # fmt: skip
    program = folder / "check"
    subprocess.run(["go", "build", "-o", str(program), str(SOURCE)], env=environment, check=True, timeout=600)
    return program


def made(position: int, size: int = 1000) -> proof.Proof:
    leaves = [leaf.canonical({"type": "report", "id": f"r{number}"}) for number in range(size)]
    nodes: dict[tree.Node, bytes] = {}
    for place, data in enumerate(leaves):
        nodes.update(tree.grow(place, tree.leaf_hash(data), nodes.__getitem__))
    origin = "west.example/to/east.example/2026q4"
    head = checkpoint.Checkpoint(origin=origin, size=size, root=tree.root(size, nodes.__getitem__))
    text = note.sign(head.text(), "west.example", WEST)
    lines = [
        note.cosign(text, "west.example", WEST, second=1_790_000_000),
        note.cosign(text, "east.example", EAST, second=1_790_000_001),
    ]
    hashes = tuple(tree.inclusion(position, size, nodes.__getitem__))
    return proof.Proof(leaf=leaves[position], position=position, hashes=hashes, head=note.with_lines(text, lines))


def checked(checker: Path, text: str, folder: Path) -> tuple[int, str]:
    (folder / "proof").write_text(text, encoding="utf-8")
    keys = (note.verifier_of("west.example", WEST).encoded(), note.verifier_of("east.example", EAST).encoded())
    ran = subprocess.run([checker, folder / "proof", *keys], capture_output=True, text=True, timeout=120, check=False)
    return ran.returncode, ran.stdout.strip()


@pytest.mark.parametrize("position", [0, 1, 511, 512, 999])
def test_it_says_yes_to_our_proofs(checker: Path, tmp_path: Path, position: int) -> None:
    """And shows the leaf."""
    assert checked(checker, made(position).text(), tmp_path) == (0, f'{{"id":"r{position}","type":"report"}}')


def test_it_says_no_to_changed_ones(checker: Path, tmp_path: Path) -> None:
    """Another leaf, another place, another root, another second of the receipt."""
    good = made(512)
    text = good.text()
    hashes = good.hashes
    forged = [
        proof.Proof(leaf=b'{"id":"r1","type":"report"}', position=512, hashes=hashes, head=good.head).text(),
        proof.Proof(leaf=good.leaf, position=513, hashes=hashes, head=good.head).text(),
        text.replace("\n1000\n", "\n1001\n"),
        text[:-20] + "A" * 8 + text[-12:],
    ]
    assert [checked(checker, each, tmp_path)[0] for each in forged] == [1, 1, 1, 1]
