"""Join what makes a backup, tries it, and brings a desk back.

Answers:    ``make(settings, where, now)`` and ``check(folder)`` give ``Backup``; ``restore(folder, into, now)`` gives ``Restored``.
Limits:     a backup is a folder that appears under its name when it is complete. The spool is copied before the store: what moves
            from one to the other meanwhile is in both, and is counted once. Of a store on a server, rows are copied into a file
            of SQLite, by one view of it; a desk comes back with that file, or with its rows in an empty database.
            A backup has the tables of the program that wrote them; they are carried along when it is tried, and when it comes back.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from comity import __version__
from comity.bootstrap.backing_up.belongings import belongings
from comity.bootstrap.desk import DATABASE, database_file, desk_store
from comity.bootstrap.gates import spool_path
from comity.model.backup import Backup, BackupChannel, BackupFile
from comity.model.outcomes import ComityError, Outcome
from comity.outlets.backups import copying
from comity.outlets.files.replacing import replaced
from comity.services.operate import backups
from comity.settings import Settings, read_settings

if TYPE_CHECKING:
    from comity.services.prove.verifying import Verdict

MANIFEST: Final = "backup.json"
_HERE, _ELSEWHERE = "here", "elsewhere"
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came back: which peers are held now, what lets in, and what must be put elsewhere by hand."""

    backup: Backup
    held: tuple[str, ...]
    lets_in: backups.LetsIn
    by_hand: tuple[tuple[str, str], ...]  # where it lies, and where it belongs


def make(settings: Settings, where: Path, now: datetime) -> tuple[Path, Backup]:
    """Make a backup in a new folder below ``where``; the program may run meanwhile."""
    if settings.file is None:
        raise ComityError("backup-settings", "there are no settings here", outcome=Outcome.CONFIGURATION)
    folder = where / f"comity-{now:%Y%m%dT%H%M%SZ}"
    if folder.exists():
        raise ComityError("backup-exists", "there is one already", outcome=Outcome.USAGE, place=str(folder))
    where.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=where))
    try:
        backup = _made(settings, settings.file, part=part, now=now)
        with replaced(part / MANIFEST) as file:
            file.write(backups.written(backup))
        (part / MANIFEST).chmod(0o600)
        copying.whole(part, folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return folder, backup


def _made(settings: Settings, file: Path, *, part: Path, now: datetime) -> Backup:
    home, database = file.parent.absolute(), database_file(settings)
    if database is not None and not database.exists():
        raise ComityError("store-missing", "no store", outcome=Outcome.CONFIGURATION, place=str(database))
    mine, packer = belongings(settings, file), _Packer(part, home)
    spool = spool_path(settings)
    if spool.exists():
        copying.snapshot(spool, packer.target(spool))
        packer.add(spool, copying.digest(packer.target(spool)))
    server = None
    if database is None:
        database = home / DATABASE
        server = _rows_of_a_server(settings, packer.target(database))
    else:
        copying.snapshot(database, packer.target(database))
    channels = tuple(_channels(packer.target(database)))
    packer.add(database, copying.digest(packer.target(database)))
    for path in mine.files:
        packer.add(path, copying.copied(path, packer.target(path)))
    return Backup(
        made=now,
        program=__version__,
        settings=file.name,
        database=packer.name(database),
        files=tuple(packer.files),
        channels=channels,
        left_out=mine.left_out,
        server=server,
    )


def _rows_of_a_server(settings: Settings, target: Path) -> str:
    """One view of the database, in a file; gives the address."""
    from comity.store.dialects.moving import copy_view
    from comity.store.engine import open_store

    with closing(desk_store(settings)) as source, closing(open_store(target)) as copy:
        copy_view(source, copy)
        return source.place


class _Packer:
    """Says what each file is called in the backup, and writes down what it was."""

    def __init__(self, part: Path, home: Path) -> None:
        self._part, self._home = part, home
        self._names: dict[str, str] = {}
        self.files: list[BackupFile] = []

    def _place(self, path: Path) -> str:
        path = path.absolute()
        return path.relative_to(self._home).as_posix() if path.is_relative_to(self._home) else str(path)

    def name(self, path: Path) -> str:
        """Two files elsewhere may have one name: theirs has a number before it."""
        place = self._place(path)
        usual = f"{_ELSEWHERE}/{len(self._names)}-{path.name}" if Path(place).is_absolute() else f"{_HERE}/{place}"
        return self._names.setdefault(place, usual)

    def target(self, path: Path) -> Path:
        """Where it is copied to."""
        target = self._part / self.name(path)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return target

    def add(self, path: Path, found: tuple[int, str]) -> None:
        """It lies there, with this size and hash."""
        size, sha256 = found
        self.files.append(BackupFile(name=self.name(path), place=self._place(path), size=size, sha256=sha256))


def _channels(database: Path) -> Iterator[BackupChannel]:
    """The ledgers of the copy, as its own nodes tell them, whatever its version."""
    from comity.store.engine import open_store
    from comity.store.migrations.upgrading import heads

    with closing(open_store(database)) as store, store.view() as connection:
        for origin, (size, root) in heads(connection).items():
            yield BackupChannel(origin=origin, size=size, root=root.hex())


def _carried_along(file: Path) -> None:
    """The copy of an older program gets the tables of this one; what was backed up stays as it is."""
    from comity.store.dialects import database_of
    from comity.store.migrations.upgrading import pending, upgrade

    database = database_of(file)
    if pending(database):
        upgrade(database)


def check(folder: Path) -> Backup:
    """Bring it back in a folder of its own, verify every byte and every ledger there, and throw that away."""
    with (
        tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as aside,
        _told_of(folder, Path(aside)),
    ):
        into = Path(aside) / "desk"
        backup = _unpacked(folder, into)
        _carried_along(_where(backup, into))
        _has_all_tables(_where(backup, into))
        wrong = backups.shorter(backup, _verdicts(_where(backup, into), into / backup.settings))
    if wrong:
        raise ComityError(
            "backup-ledger", "a ledger does not hold", outcome=Outcome.BAD_INPUT, details={"channels": ", ".join(wrong)}
        )
    return backup


@contextmanager
def _told_of(folder: Path, aside: Path) -> Iterator[None]:
    """An error about what lies aside is one about the backup: what lies aside is gone when somebody reads of it."""
    try:
        yield
    except ComityError as error:
        if error.place is not None and error.place.startswith(str(aside)):
            error.place = str(folder)
        raise


def _has_all_tables(database: Path) -> None:
    from comity.store.dialects import database_of
    from comity.store.migrations.checking import check as differences

    found = [each.removeprefix("- ") for each in differences(database_of(database)) if each.startswith("- ")]
    lacking = [each for each in found if ":" not in each]  # whole tables; comity db check tells what else is otherwise
    if lacking:
        reason = ", ".join(lacking[:_SHOWN])
        raise ComityError(
            "store-tables", reason, outcome=Outcome.BAD_INPUT, place=str(database), details={"reason": reason}
        )


def _verdicts(database: Path, settings: Path) -> "list[Verdict]":
    from comity.bootstrap.trust.repair import known_keys
    from comity.services.prove.verifying import verify
    from comity.store.engine import open_store

    with closing(open_store(database)) as store, store.read() as records:
        return verify(records.ledger, known_keys(read_settings(settings), records.keys))


def restore(folder: Path, into: Path, now: datetime, *, database: str | None = None) -> Restored:
    """Put a desk where none is; nothing leaves from it before a peer is let live again, and everybody signs in anew.

    ``database`` is an empty one on a server, in which the rows are to lie from now on; without it they lie in a file.
    """
    held: list[str] = []
    lets_in: list[backups.LetsIn] = []

    def settle(backup: Backup, part: Path) -> None:
        """Before the desk has its name: one that is there holds its peers, whatever happens in between."""
        with _told_of(folder, part):
            _carried_along(_where(backup, part))
            _has_all_tables(_where(backup, part))
            peers, found = _shut(_where(backup, part), now)
            held.extend(peers)
            lets_in.append(found)
        if backup.server is None and database is None:
            return
        file = part / backup.settings
        text = backups.naming(file.read_text(encoding="utf-8"), database or DATABASE)
        with replaced(file) as written:
            written.write(text.encode("utf-8"))
        file.chmod(0o600)
        if database is not None:
            _carried(_where(backup, part), database)

    into = into.absolute()  # the folder one stands in has a name as well
    backup = _unpacked(folder, into, settle)
    files = [each for each in backup.files if database is None or each.name != backup.database]
    by_hand = [(str(into / each.name), each.place) for each in files if Path(each.place).is_absolute()]
    return Restored(backup=backup, held=tuple(held), lets_in=lets_in[0], by_hand=tuple(by_hand))


def _shut(file: Path, now: datetime) -> tuple[list[str], backups.LetsIn]:
    """Hold every peer, and let nobody in without a word that counts."""
    from comity.store.engine import open_store

    with closing(open_store(file)) as store, store.write() as records:
        return backups.hold_all(records, now), backups.shut(records, now)


def _carried(file: Path, database: str) -> None:
    """Put the rows where they are to lie; the file has served its turn then."""
    from comity.store.dialects.moving import carry
    from comity.store.engine import open_store

    with closing(open_store(file)) as old, closing(open_store(database)) as new:
        if new.path is not None or new.database.is_alone:
            raise ComityError("backup-database-kind", "that is a file", outcome=Outcome.USAGE, place=new.place)
        carry(old, new, lambda _: None)
    file.unlink()


def _where(backup: Backup, into: Path) -> Path:
    return into / next(_target(each) for each in backup.files if each.name == backup.database)


def _target(each: BackupFile) -> str:
    return each.name if Path(each.place).is_absolute() else each.place


def _unpacked(folder: Path, into: Path, settle: Callable[[Backup, Path], None] | None = None) -> Backup:
    """Copy everything, and do what else is to be done, whole or not at all; each file must be as the manifest says."""
    with (folder / MANIFEST).open("rb") as file:
        backup = backups.read(file.read(backups.MOST), str(folder / MANIFEST))
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise ComityError("backup-not-empty", "there is something", outcome=Outcome.USAGE, place=str(into))
    into.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{into.name}.", dir=into.parent))
    try:
        for each in backup.files:
            source = folder / each.name
            if not source.is_file() or source.resolve() != folder.resolve() / each.name:  # a link leads elsewhere
                raise _damaged(source, "missing")
            if source.stat().st_size != each.size or copying.copied(source, part / _target(each)) != (
                each.size,
                each.sha256,
            ):
                raise _damaged(source, "changed")
        if settle is not None:
            settle(backup, part)
        if into.exists():
            into.rmdir()
        copying.whole(part, into)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return backup


def _damaged(path: Path, what: str) -> ComityError:
    return ComityError(f"backup-{what}", f"this file is {what}", outcome=Outcome.BAD_INPUT, place=str(path))
