"""Who holds a lock, and by which name."""

import os
from pathlib import Path

import pytest

from comity.outlets.lock_file import in_turn, instance, only_one

_NOBODY = 65534


def test_whoever_comes_back_has_the_name_it_had(tmp_path: Path) -> None:
    """The name stands in the file; it is one process's at a time, and whoever comes second has another, for once."""
    path = tmp_path / "not-there-yet" / "spool.db.sender"
    with instance(path) as first:
        assert first.was_ours
        with instance(path) as second:
            assert (second.was_ours, second.name == first.name) == (False, False)
        with instance(path) as third:
            assert third.name not in (first.name, second.name)
    with instance(path) as again:
        assert (again.name, again.was_ours) == (first.name, True)


def test_what_stands_in_the_file_is_not_believed(tmp_path: Path) -> None:
    """A file that somebody wrote into gets a new name."""
    path = tmp_path / "spool.db.sender"
    for text in (b"", b"%", b"\xff" * 100, b"0123456789abcdef0123456789abcdef"):
        path.write_bytes(text)
        with instance(path) as one:
            assert len(one.name.partition("@")[0]) == 16
            assert path.read_bytes() != text


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
def test_what_root_locked_first_keeps_the_service_out_no_more(tmp_path: Path) -> None:
    """A command that root runs makes the file for whoever has the folder; what stood there before is left to whom it belongs."""
    folder = tmp_path / "lists"
    folder.mkdir()
    os.chown(folder, _NOBODY, _NOBODY)
    (folder / "there").touch(0o600)
    for name, hold in (("turn", in_turn), ("one", only_one), ("name", instance), ("there", in_turn)):
        with hold(folder / name):
            owner = (folder / name).stat()
        assert (owner.st_uid, owner.st_gid) == ((0, 0) if name == "there" else (_NOBODY, _NOBODY))
