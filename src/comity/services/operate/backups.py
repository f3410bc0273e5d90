"""What a backup says of itself, and what is done to a desk that comes back from one.

Trust:      a manifest was on other disks: a name in it that leads out of the backup is refused.
Standards:  promise P9: nothing leaves before the operator says so. What waited when the backup was made may have left since.
Answers:    ``written(backup)`` and ``read(data)`` for the manifest; ``hold_all(records, now)`` puts every live peer to "observe",
            and our own programs where cases follow a playbook, and gives their names; ``shut(records, now)`` ends what
            somebody may have closed since, and counts what lets in; ``shorter(backup, verdicts)`` the ledgers that are not as
            the backup says; ``naming(text, database)`` the settings with another place for the store.
Limits:     a manifest of at most 4 MiB.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Final

from comity.formats.toml_lines import key_lines
from comity.model.backup import Backup, BackupChannel, BackupFile
from comity.model.outcomes import ComityError, Outcome
from comity.model.portal import KeyKind
from comity.model.sending import OWN_PROGRAMS, Peer, PeerState
from comity.services.complain.rows import PeerRows, set_peer
from comity.services.prove.verifying import Verdict

MOST: Final = 4 << 20
# The second form says that the rows lay on a server: a program that knows only the first would leave the settings naming it.
_FORM: Final = 1
_OF_A_SERVER: Final = 2
_HEADER: Final = re.compile(r"\s*\[\s*store\s*\]\s*(?:#.*)?")
_VALUE: Final = re.compile(r"""(\s*(?:store\s*\.\s*)?database\s*=\s*)("(?:[^"\\]|\\.)*"|'[^']*')(.*)""", re.DOTALL)


def written(backup: Backup) -> bytes:
    """The manifest."""
    form = _FORM if backup.server is None else _OF_A_SERVER
    said = {"form": form, **asdict(backup), "made": backup.made.isoformat()}
    return json.dumps(said, indent=1, ensure_ascii=False).encode("utf-8") + b"\n"


def read(data: bytes, place: str) -> Backup:
    """A manifest; what is none is refused.

    >>> read(b"{}", "x")
    Traceback (most recent call last):
        ...
    comity.model.outcomes.ComityError: x: this says nothing of a backup: 'form'
    """
    try:
        said = json.loads(data)
        if said["form"] not in (_FORM, _OF_A_SERVER):
            raise ValueError("form")
        found = Backup(
            made=datetime.fromisoformat(said["made"]),
            program=str(said["program"]),
            settings=_inside(said["settings"]),
            database=_inside(said["database"]),
            files=tuple(_file(each) for each in said["files"]),
            channels=tuple(BackupChannel(**each) for each in said["channels"]),
            left_out=tuple(map(str, said["left_out"])),
            server=str(said["server"]) if said["form"] == _OF_A_SERVER else None,
        )
        names, places = ([getattr(each, of) for each in found.files] for of in ("name", "place"))
        if found.database not in names:
            raise ValueError("database")
        if found.settings not in places:
            raise ValueError("settings")
        if len({*names}) < len(names) or len({*places}) < len(places):
            raise ValueError("one file twice")
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        reason = str(error)
        raise ComityError(
            "backup-manifest",
            f"this says nothing of a backup: {reason}",
            outcome=Outcome.BAD_INPUT,
            place=place,
            details={"reason": reason},
        ) from error
    return found


def _file(said: Mapping[str, Any]) -> BackupFile:
    place = str(said["place"])
    return BackupFile(
        name=_inside(said["name"]),
        place=place if PurePosixPath(place).is_absolute() else _inside(place),
        size=int(said["size"]),
        sha256=str(said["sha256"]),
    )


def _inside(name: object) -> str:
    path = PurePosixPath(str(name))
    if not path.parts or path.is_absolute() or ".." in path.parts or "\0" in str(name):
        raise ValueError(f"the name {str(name)!r}")
    return str(path)


def naming(text: str, database: str) -> str:
    """The settings with another place for the store; every other line stays as it is.

    >>> naming("[store]\\ndatabase = 'old.db' # here\\n", "new.db")
    '[store]\\ndatabase = "new.db" # here\\n'
    """
    where = key_lines(text)
    lines, value = text.splitlines(keepends=True), json.dumps(database, ensure_ascii=False)
    if ("store", "database") in where:
        at = where["store", "database"] - 1
        found = _VALUE.fullmatch(lines[at])
        lines[at] = f"{found[1]}{value}{found[3]}" if found else lines[at]
    elif ("store",) in where:
        at = where["store",] - 1
        lines[at] += (
            f"database = {value}\n" if _HEADER.fullmatch(lines[at].rstrip()) and lines[at].endswith("\n") else ""
        )
    else:
        lines.append(f"\n[store]\ndatabase = {value}\n")
    changed = "".join(lines)
    wanted = tomllib.loads(text)
    wanted.setdefault("store", {})["database"] = database
    try:
        is_so = tomllib.loads(changed) == wanted
    except tomllib.TOMLDecodeError:
        is_so = False
    if not is_so:
        raise ComityError("backup-naming", "the place of the store cannot be changed", outcome=Outcome.BAD_INPUT)
    return changed


def hold_all(records: Any, now: datetime) -> list[str]:
    """Let nothing leave, and nobody be told or confined: each goes live again by its own command.

    Our own programs need no row to be told something: they have one from now on, where a playbook, or a person, ever
    decided anything that is done outside.
    """
    rows: PeerRows = records.peers
    known = {each.name: each for each in rows.all()}
    if OWN_PROGRAMS not in known and records.positions.is_used():
        known[OWN_PROGRAMS] = Peer(name=OWN_PROGRAMS, address=OWN_PROGRAMS, state=PeerState.LIVE, since=now)
    live = [each for each in known.values() if each.state is PeerState.LIVE]
    for each in live:
        set_peer(rows, each, PeerState.OBSERVE, now=now)
    return [each.name for each in live]


@dataclass(frozen=True, slots=True, kw_only=True)
class LetsIn:
    """How many accounts and tokens let in, as the backup has them: one that was ended since is among them."""

    accounts: int
    tokens: int


def shut(records: Any, now: datetime) -> LetsIn:
    """End every session and every link: who signed out since, or was signed out, stays out, and no link opens twice."""
    records.accounts.end_all_sessions()
    for kind in (KeyKind.SESSION, KeyKind.LINK):
        records.portal.end_all(kind)
    return LetsIn(
        accounts=sum(each.ended is None for each in records.accounts.all()),
        tokens=sum(each.refusal(now) is None for each in records.tokens.all()),
    )


def shorter(backup: Backup, verdicts: Iterable[Verdict]) -> list[str]:
    """The ledgers that do not hold, or are not those that the backup speaks of."""
    found = {each.channel.origin: each for each in verdicts}
    wrong = [origin for origin, each in found.items() if each.faults]
    for said in backup.channels:
        each = found.get(said.origin)
        if each is None or (each.leaves, each.root.hex()) != (said.size, said.root):
            wrong.append(said.origin)
    return sorted(set(wrong))
