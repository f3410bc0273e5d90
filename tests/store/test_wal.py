"""The log of a file is written again by whoever begins to rely on it: all that counts of it, and nothing else."""

import errno
import os
import sqlite3
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from comity.model.outcomes import ComityError, Outcome
from comity.store.dialects.wal import into_wal, write_again
from comity.store.engine import open_store
from comity.store.spool import Spool


def _written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """From where to where somebody writes."""
    seen, write = list[tuple[int, int]](), os.pwrite

    def pwrite(file: int, data: bytes, at: int, /) -> int:
        seen.append((at, at + len(data)))
        return write(file, data, at)

    monkeypatch.setattr(os, "pwrite", pwrite)
    return seen


@pytest.mark.parametrize("page", [512, 4096, 65536])
def test_what_counts_of_the_log_is_written_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    """The file stays as long as the log ever was: what lies behind its last frame is of an earlier round."""
    path = tmp_path / "x.db"
    log = path.with_name("x.db-wal")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA page_size={page}")
        into_wal(connection, path)
        connection.execute("CREATE TABLE kept (data BLOB)")
        connection.execute("INSERT INTO kept VALUES (zeroblob(3000000))")
        whole = log.stat().st_size
        before, seen = log.read_bytes(), _written(monkeypatch)
        write_again(path)
        assert (seen[0][0], seen[-1][1]) == (0, whole)
        assert all(one[1] == other[0] for one, other in pairwise(seen))
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        connection.execute("INSERT INTO kept VALUES (zeroblob(9))")
        after = log.read_bytes()
        _, frames, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        seen.clear()
        write_again(path)
        assert (len(after), seen) == (whole, [(0, 32 + frames * (24 + page))])
        assert (before != after, log.read_bytes() == after) == (True, True)


def test_an_empty_log_is_enough(tmp_path: Path) -> None:
    """The last to leave emptied it."""
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        into_wal(connection, path)
        connection.execute("BEGIN IMMEDIATE")
        write_again(path)


@pytest.mark.parametrize("is_durable", [True, False])
def test_whoever_opens_the_spool_writes_its_log_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_durable: bool
) -> None:
    """Whoever works off puts the log into the file: with a hole in it, its beginning would come back upon newer pages."""
    path = tmp_path / "spool.db"
    spool = Spool(path, durable=True)
    assert spool.counts().items == 0
    seen = _written(monkeypatch)
    other = Spool(path, durable=is_durable)
    assert other.counts().items == 0
    assert seen == [(0, path.with_name("spool.db-wal").stat().st_size)]
    other.close()
    spool.close()


def test_the_log_lies_beside_the_file_and_not_beside_a_link_to_it(tmp_path: Path) -> None:
    """Spool and store may be links to another disk."""
    (tmp_path / "disk").mkdir()
    for name in ("spool.db", "comity.db"):
        (tmp_path / "disk" / name).touch(mode=0o600)
        (tmp_path / name).symlink_to(tmp_path / "disk" / name)
    spool = Spool(tmp_path / "spool.db", durable=True)
    assert spool.counts().items == 0
    spool.close()
    store = open_store(tmp_path / "comity.db")
    store.create()
    store.close()


@pytest.mark.parametrize(
    ("number", "code", "outcome"),
    [
        (errno.ENOSPC, "store-full", Outcome.FULL),
        (errno.EDQUOT, "store-full", Outcome.FULL),
        (errno.EIO, "store-disk", Outcome.TRY_AGAIN),
    ],
)
def test_what_the_disk_refuses_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str, outcome: Outcome
) -> None:
    """Some file systems want room to write over what is there, too."""

    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    spool = Spool(tmp_path / "spool.db", durable=True)
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(os, "pwrite", refuse)
    keeper = sqlite3.connect(tmp_path / "spool.db")
    try:
        into_wal(keeper, tmp_path / "spool.db")
        keeper.execute("CREATE TABLE other (x)")
        with pytest.raises(ComityError) as caught:
            spool.counts()
    finally:
        keeper.close()
    assert (caught.value.code, caught.value.outcome) == (code, outcome)
