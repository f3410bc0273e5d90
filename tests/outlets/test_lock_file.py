"""Who holds a lock, and by which name."""

from pathlib import Path

from comity.outlets.lock_file import instance


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
