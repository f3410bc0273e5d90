"""The files of models: each version with what it was taught upon, and the one that serves.

Trust:      a file may be damaged or missing: then there is no such version, and nobody uses it.
Answers:    ``ModelShelf(path)``; ``path`` is the model that serves. ``put`` writes a version, ``serve`` puts one in its place at
            once, ``data`` and ``base`` give them back, ``keep`` throws the others away.
Limits:     a version is a few MiB; what it was taught upon is the same file (a hard link) as long as it does not change.
"""

import os
import re
from collections.abc import Collection
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from comity.model.outcomes import ComityError, Outcome
from comity.outlets.files.replacing import replaced, sync_folder
from comity.verdict.model_file import SIZE_LIMIT, Model, UnfitError, unpack

_NAME: Final = re.compile(r"([0-9]{8})\.(?:model|base)")


class ModelShelf:
    """All versions of one model."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = path.with_name(f"{path.name}.versions")

    def serving(self) -> bytes | None:
        """The file that serves, whatever is in it."""
        return _read(self.path)

    def put(self, version: int, data: bytes, *, base: bytes | int) -> bytes:
        """Write a version, with what it was taught upon, or the version that has that; gives the digest of the first."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if isinstance(base, bytes):
            with replaced(self._file(version, "base")) as file:
                file.write(base)
        else:
            fresh = self.folder / f".{version}.{os.getpid()}"
            fresh.unlink(missing_ok=True)
            try:
                os.link(self._file(base, "base"), fresh)
            except FileNotFoundError:
                raise base_gone(base) from None
            fresh.replace(self._file(version, "base"))
        with replaced(self._file(version, "model")) as file:
            file.write(data)
        return sha256(data).digest()

    def serve(self, version: int) -> None:
        """Let this version serve; whoever reads meanwhile has the one before it, or this one."""
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        os.link(self._file(version, "model"), fresh)
        fresh.replace(self.path)
        sync_folder(self.path.parent)

    def data(self, version: int, digest: bytes | None) -> bytes | None:
        """The file of a version, if it is what was written; the one that serves is as good."""
        for path in (self._file(version, "model"), self.path):
            found = _read(path)
            if found is not None and sha256(found).digest() == digest:
                return found
        return None

    def base(self, version: int) -> Model | None:
        """What a version was taught upon."""
        found = _read(self._file(version, "base"))
        with suppress(UnfitError):
            return None if found is None else unpack(found)
        return None

    def kept(self) -> set[int]:
        """The versions that are there."""
        files = self.folder.iterdir() if self.folder.is_dir() else ()
        return {int(match[1]) for each in files if (match := _NAME.fullmatch(each.name))}

    def keep(self, versions: Collection[int]) -> None:
        """Throw all others away."""
        for version in self.kept() - set(versions):
            for sort in ("model", "base"):
                self._file(version, sort).unlink(missing_ok=True)

    def _file(self, version: int, sort: str) -> Path:
        return self.folder / f"{version:08d}.{sort}"


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(SIZE_LIMIT + 1)
    except FileNotFoundError:
        return None


def base_gone(version: int) -> ComityError:
    """What a version was taught upon cannot be read any more."""
    message = f"what version {version} was taught upon is gone"
    return ComityError("model-base-gone", message, outcome=Outcome.CONFIGURATION, details={"version": version})
