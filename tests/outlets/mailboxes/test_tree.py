"""Files, Maildirs and folder trees are looked into, in order, and left as they were."""

import io
import os
from pathlib import Path

import pytest

from comity.model.outcomes import ComityError
from comity.outlets.mailboxes import Condition, Opening, open_source

FROM = b"From reader@west.example Mon Jan  5 10:00:00 2026\n"
MAIL = b"Subject: hello\n\ntext\n"


def _put(path: Path, data: bytes = MAIL) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def _names(source: Path, opening: Opening | None = None) -> list[str]:
    return [item.name for item in open_source(str(source), opening)]


def test_one_file_is_one_item(tmp_path: Path) -> None:
    """A mail, a table, a ZIP: one file, whole, by its name."""
    (item,) = open_source(str(_put(tmp_path / "a.csv", b"ip,time\n")))
    assert (item.name, item.data, item.size, item.condition) == ("a.csv", b"ip,time\n", 8, Condition.WHOLE)


def test_a_tree_comes_in_the_order_of_names(tmp_path: Path) -> None:
    """The order is the same on every run and every file system; hidden files, locks and copies are no items."""
    for name in ("b/2.eml", "b/10.eml", "a.eml", "c.eml", ".hidden", "a.eml.lock", "c.eml~", "b/.x/y.eml"):
        _put(tmp_path / name)
    assert _names(tmp_path) == ["a.eml", "b/10.eml", "b/2.eml", "c.eml"]
    assert _names(tmp_path) == _names(tmp_path)


def test_an_mbox_in_a_tree_is_known_by_its_content(tmp_path: Path) -> None:
    """No file name says what it is; the first line does."""
    _put(tmp_path / "inbox", FROM + MAIL + b"\n" + FROM + MAIL)
    _put(tmp_path / "other")
    items = list(open_source(str(tmp_path)))
    assert [item.data for item in items] == [MAIL] * 3
    assert [item.position for item in items] == ["inbox#0", f"inbox#{len(FROM + MAIL) + 1}", "other"]


def _maildir(folder: Path) -> None:
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True)


def test_a_maildir_with_its_folders(tmp_path: Path) -> None:
    """Seen and unseen mail of all folders; what is being delivered and the server's own files are not mail."""
    _maildir(tmp_path)
    _maildir(tmp_path / ".Junk")
    _put(tmp_path / "cur" / "100.a:2,S")
    _put(tmp_path / "new" / "200.b")
    _put(tmp_path / "tmp" / "300.c")
    _put(tmp_path / "dovecot-uidlist")
    _put(tmp_path / ".Junk" / "cur" / "150.d:2,")
    assert [item.position for item in open_source(str(tmp_path))] == ["./100.a", "./200.b", ".Junk/150.d"]


def test_a_mail_that_moves_meanwhile_is_found(tmp_path: Path) -> None:
    """Another program opens the mailbox while we read: a mail goes from new to cur, and is still read once."""
    _maildir(tmp_path)
    _put(tmp_path / "new" / "1.a")
    _put(tmp_path / "new" / "2.b")
    items = open_source(str(tmp_path))
    next(items)
    (tmp_path / "new" / "2.b").rename(tmp_path / "cur" / "2.b:2,S")
    assert [(item.position, item.data) for item in items] == [("./2.b", MAIL)]


def test_nothing_is_changed(tmp_path: Path) -> None:
    """No name, content, size or time of any file differs afterwards, nor does the time of last access."""
    _maildir(tmp_path / "box")
    _put(tmp_path / "box" / "new" / "1.a")
    _put(tmp_path / "mbox", FROM + MAIL)
    for path in tmp_path.rglob("*"):
        os.utime(path, ns=(10**18, 10**18))

    def state() -> dict[Path, tuple[object, ...]]:
        return {
            path: (path.stat().st_mtime_ns, path.stat().st_size, path.is_file() and path.stat().st_atime_ns)
            for path in tmp_path.rglob("*")
        }

    before = state()
    assert len(list(open_source(str(tmp_path)))) == 2
    assert state() == before


def test_what_cannot_be_opened_is_said(tmp_path: Path) -> None:
    """A pipe, a dead link, a link to a folder: each is an item with a reason, none stops the rest."""
    os.mkfifo(tmp_path / "a-pipe")
    (tmp_path / "b-dead").symlink_to("nowhere")
    (tmp_path / "c-loop").symlink_to(tmp_path)
    _put(tmp_path / "d.eml")
    items = list(open_source(str(tmp_path)))
    assert [item.condition for item in items] == [Condition.CLOSED] * 3 + [Condition.WHOLE]
    assert all(item.detail for item in items[:3])


def test_a_file_over_the_cap_is_said(tmp_path: Path) -> None:
    """It is not read whole, and it is not left out."""
    _put(tmp_path / "big", b"x" * 200_000)
    (item,) = open_source(str(tmp_path), Opening(cap=100_000))
    assert (item.condition, item.size, len(item.data)) == (Condition.TOO_LARGE, 200_000, 65_536)


def test_our_own_files_are_no_part_of_the_source(tmp_path: Path) -> None:
    """The page of the last run lies in the folder: it is not triaged."""
    _put(tmp_path / "a.eml")
    page = _put(tmp_path / "page.html")
    assert _names(tmp_path, Opening(without=frozenset({page}))) == ["a.eml"]


def test_how_far_we_are_goes_up_to_one(tmp_path: Path) -> None:
    """The progress bar can believe it."""
    for number in range(5):
        _put(tmp_path / f"{number}.eml")
    _put(tmp_path / "box", (FROM + MAIL + b"\n") * 20)
    shares = [item.share or 0.0 for item in open_source(str(tmp_path))]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(
    ("data", "count"), [(FROM + MAIL + b"\n" + FROM + MAIL, 2), (MAIL, 1), (b"", 1), (b"x" * 300_000, 1)]
)
def test_standard_input(data: bytes, count: int) -> None:
    """``-`` takes an mbox or one mail; what is over the cap is said."""
    items = list(open_source("-", Opening(stdin=io.BytesIO(data), cap=100_000)))
    assert len(items) == count
    assert items[0].condition is (Condition.TOO_LARGE if len(data) > 100_000 else Condition.WHOLE)
    assert sum(item.size for item in items) >= len(data) - 2 * len(FROM) - 2


def test_a_name_that_is_no_text_is_shown_all_the_same(tmp_path: Path) -> None:
    """A file name in an unknown charset neither stops the run nor spoils the state file."""
    path = os.fsencode(tmp_path) + b"/\xff\xfe.eml"
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(MAIL)
    (item,) = open_source(str(tmp_path))
    assert item.name == "\\xff\\xfe.eml"


def test_a_source_that_is_not_there_is_an_error() -> None:
    """With the remedy."""
    with pytest.raises(ComityError, match="imaps://"):
        open_source("/no/such/mailbox")
