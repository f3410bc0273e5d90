"""The secret behind the tokens."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from comity.model.outcomes import ComityError, Outcome
from comity.outlets.key_ring import keys_at
from comity.outlets.secret_file import secret


def test_it_is_made_once(tmp_path: Path) -> None:
    """The first run makes it, for its owner only; later runs find it."""
    path = tmp_path / "keys/comity.key"
    key = secret(path)
    assert len(key) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert secret(path) == key
    assert secret(tmp_path / "other.key") != key


@pytest.mark.parametrize(
    ("content", "mode", "code"),
    [("00" * 32, 0o644, "secret-open"), ("", 0o600, "secret-malformed"), ("00" * 16, 0o600, "secret-malformed"),
     ("zz" * 32, 0o600, "secret-malformed"), ("发" * 64, 0o600, "secret-malformed")],
)  # fmt: skip
def test_a_secret_that_is_none_is_refused(tmp_path: Path, content: str, mode: int, code: str) -> None:
    """An empty file or one that others can read never becomes a key."""
    path = tmp_path / "comity.key"
    path.write_text(content, encoding="utf-8")
    path.chmod(mode)
    with pytest.raises(ComityError) as caught:
        secret(path)
    assert (caught.value.code, caught.value.outcome, caught.value.place) == (code, Outcome.CONFIGURATION, str(path))


def test_a_crash_between_making_and_writing_leaves_no_empty_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stops the first run does not block the next one."""
    path = tmp_path / "comity.key"

    def crash(_: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("comity.outlets.secret_file.os.fsync", crash)
        secret(path)
    assert not path.exists()
    assert len(secret(path)) == 32
    assert [each.name for each in tmp_path.iterdir()] == ["comity.key"]


@pytest.mark.parametrize("read", [secret, keys_at])
def test_what_is_there_is_read_on_a_disk_that_takes_nothing(
    read: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that only looks needs no room, and a process that is killed at its start leaves no half-made secret behind."""
    path = tmp_path / "kept.key"
    made = read(path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("comity.outlets.secret_file.put", full)
    monkeypatch.setattr("comity.outlets.key_ring.put", full)
    assert read(path) == made
