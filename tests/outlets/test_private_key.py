"""Keys are made once, for their owner only, and are never written over."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.model.outcomes import ComityError
from comity.outlets.private_key import KeySort, make, read, read_ed25519


@pytest.mark.parametrize(("sort", "kind"), [(KeySort.RSA, rsa.RSAPrivateKey), (KeySort.ED25519, Ed25519PrivateKey)])
def test_a_key_is_made_once(tmp_path: Path, sort: KeySort, kind: type) -> None:
    """The second time it is there, and stays."""
    path = tmp_path / "keys" / "a.key"
    assert make(path, sort)
    data = path.read_bytes()
    assert not make(path, sort)
    assert path.read_bytes() == data
    assert isinstance(read(path), kind)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """It may have been taken."""
    path = tmp_path / "a.key"
    make(path, KeySort.ED25519)
    path.chmod(0o640)
    with pytest.raises(ComityError) as caught:
        read(path)
    assert caught.value.code == "secret-open"


def test_what_is_no_key_is_said_and_kept(tmp_path: Path) -> None:
    """A file of another kind is not taken for a key, and not written over."""
    path = tmp_path / "a.key"
    path.write_text("hello")
    path.chmod(0o600)
    with pytest.raises(ComityError) as caught:
        make(path, KeySort.ED25519)
    assert caught.value.code == "key-malformed"
    assert path.read_text() == "hello"


def test_the_ledger_takes_its_own_kind_only(tmp_path: Path) -> None:
    """An RSA key cannot sign checkpoints."""
    path = tmp_path / "a.key"
    make(path, KeySort.RSA)
    with pytest.raises(ComityError) as caught:
        read_ed25519(path)
    assert caught.value.code == "key-not-ed25519"
