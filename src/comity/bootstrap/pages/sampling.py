"""The sample desk: a store of its own in a folder beside the spool, which holds nothing real and from which nothing leaves.

Trust:      only a folder that this made is emptied or removed: the file ``begun`` stands in it, and it is no link.
Answers:    ``SampleFolder(settings)``: ``state()`` says how far it is, ``making()`` is what fills it, ``start()`` has another
            process do so, ``remove()`` takes everything away; ``settings()`` are those of the sample desk.
Limits:     the real store is never opened for any of this. No process works the sample store off: what its pages put into its
            outbox stays there; they ask no DNS, take in no mail and look at no part of this machine. A folder that this program
            may not look into counts as one whose loading did not end well.
"""

import atexit
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from comity.bootstrap.desk import desk_write
from comity.bootstrap.gates import spool_path
from comity.model.account import NO_PASSWORD, Account, Role
from comity.model.outcomes import FILE_ERRORS, ComityError, Outcome
from comity.outlets.lock_file import only_one
from comity.settings import Settings, read_settings

FOLDER: Final = "comity-sample"
NETWORK: Final = "east.example"  # whose desk is shown
LOG: Final = "load.log"
_BEGUN, _LOADED = "begun", "loaded.json"


class SampleState(StrEnum):
    """How far the sample desk is."""

    NONE = "none"
    LOADING = "loading"
    BROKEN = "broken"  # it was begun, and nobody goes on with it
    LOADED = "loaded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """One sample desk; ``name`` is that of no other."""

    name: str
    since: datetime


class SampleFolder:
    """Where the sample desk lies."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.folder = spool_path(settings).absolute().with_name(FOLDER)
        self._process: subprocess.Popen[bytes] | None = None

    def state(self) -> SampleState:
        """How far it is."""
        try:
            if not (self.folder / _BEGUN).is_file():
                return SampleState.NONE
            if self.loaded() is not None:
                return SampleState.LOADED
            if self._is_starting():
                return SampleState.LOADING
            with only_one(self.folder / _BEGUN):
                return SampleState.BROKEN
        except ComityError:
            return SampleState.LOADING
        except FileNotFoundError:  # it was removed just now
            return SampleState.NONE
        except OSError:
            return SampleState.BROKEN

    def loaded(self) -> Loaded | None:
        """The one that is there, and whole."""
        try:
            said = json.loads((self.folder / _LOADED).read_text(encoding="ascii"))
            return Loaded(name=str(said["name"]), since=datetime.fromisoformat(said["since"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def settings(self) -> Settings:
        """Those of the sample desk."""
        return read_settings(self.folder / NETWORK / "comity.toml")

    @contextmanager
    def making(self) -> Iterator[Path]:
        """An empty folder to fill; where the block ends well, it counts. One process at a time."""
        self._check()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone():
            if self.loaded() is not None:
                raise ComityError(
                    "sample-there", "sample data is there already", outcome=Outcome.USAGE, place=str(self.folder)
                )
            self._empty()
            yield self.folder
            said = {"name": secrets.token_hex(8), "since": datetime.now(UTC).isoformat()}
            half = self.folder / f"{_LOADED}.half"
            half.write_text(json.dumps(said), encoding="ascii")
            half.replace(self.folder / _LOADED)

    def start(self) -> None:
        """Have another process fill it; what that says is in the log beside. It ends when this one does."""
        with self._disk():
            self._check()
            if self.state() in (SampleState.LOADED, SampleState.LOADING):
                return
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.folder / _BEGUN).touch(mode=0o600)
            config = ("--config", str(self._settings.file)) if self._settings.file else ()
            with (self.folder / LOG).open("ab") as log:
                self._process = subprocess.Popen(  # noqa: S603 - our own program
                    [sys.executable, "-m", "comity", "sample", "load", *config],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    env=os.environ,
                )
        atexit.register(self._process.terminate)

    def remove(self) -> bool:
        """Take everything away; whether there was anything."""
        with self._disk():
            self._check()
            if not self.folder.exists():
                return False
            with self._alone():
                (self.folder / _LOADED).unlink(missing_ok=True)  # first: what is half gone is never shown
                self._empty()
                (self.folder / LOG).unlink(missing_ok=True)
                (self.folder / _BEGUN).unlink()  # last: a folder that is half empty is still known as ours
                self.folder.rmdir()
        return True

    def admit(self, account: str, role: Role, now: datetime) -> None:
        """Somebody of the real desk is known at this one too: whoever takes a case there is shown by name. Without a password."""
        with desk_write(self.settings()) as records:
            if records.accounts.find(account) is None:
                records.accounts.add(Account(name=account, role=role, created=now), NO_PASSWORD)

    def _is_starting(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody fills it, and nobody begins to; ours has not got as far as the lock while it starts."""
        busy = ComityError(
            "sample-busy", "it is being loaded", outcome=Outcome.TRY_AGAIN, place=str(self.folder / _BEGUN)
        )
        if self._is_starting() and self.loaded() is None:
            raise busy
        with ExitStack() as stack:
            try:
                stack.enter_context(only_one(self.folder / _BEGUN))
            except ComityError:
                raise busy from None
            yield

    @contextmanager
    def _disk(self) -> Iterator[None]:
        """What the disk does not allow is said as one of our errors, on a page too."""
        try:
            yield
        except OSError as error:
            code = FILE_ERRORS.get(error.errno or 0, "file")
            outcome = Outcome.TRY_AGAIN if code == "file-no-room" else Outcome.CONFIGURATION
            reason, place = error.strerror or str(error), os.fsdecode(error.filename or self.folder)
            raise ComityError(code, reason, outcome=outcome, place=place, details={"reason": reason}) from None

    def _check(self) -> None:
        """What somebody else put there is nobody's to remove."""
        folder = self.folder
        is_empty = folder.is_dir() and next(folder.iterdir(), None) is None
        if folder.is_symlink() or (folder.exists() and not is_empty and not (folder / _BEGUN).is_file()):
            raise ComityError(
                "sample-foreign", "this was not made by us", outcome=Outcome.CONFIGURATION, place=str(folder)
            )

    def _empty(self) -> None:
        for each in self.folder.iterdir():
            if each.name in (_BEGUN, LOG):
                continue
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each)
            else:
                each.unlink()
