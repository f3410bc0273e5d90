"""The file that a model lies in: replaced as a whole or not at all.

Trust:      the file may be damaged, foreign or newer; then an error names it and what helps, and whoever has a model keeps it.
Answers:    ``read_model(path)``, ``read_named(path)`` with the SHA-256 of the file beside it, ``model_of(data, place)`` out of
            bytes, ``write_model(path, model)``; ``holds(path, model)`` says whether a file is this very model.
"""

import os
from hashlib import sha256
from pathlib import Path

from comity.model.outcomes import ComityError, Outcome
from comity.outlets.files.replacing import replaced
from comity.verdict.model_file import SIZE_LIMIT, Model, UnfitError, pack, unpack


def read_model(path: Path) -> Model:
    """The model in a file."""
    return read_named(path)[0]


def read_named(path: Path) -> tuple[Model, str]:
    """The model in a file, and the SHA-256 of that file, as other programs say it."""
    with path.open("rb") as file:
        data = file.read(SIZE_LIMIT + 1)
    return model_of(data, str(path)), sha256(data).hexdigest()


def model_of(data: bytes, place: str) -> Model:
    """The model in these bytes, which came from there."""
    try:
        if len(data) > SIZE_LIMIT:
            raise UnfitError("model-foreign")
        return unpack(data)
    except UnfitError as unfit:
        message = "this file holds no model that can be used"
        raise ComityError(unfit.code, message, outcome=Outcome.CONFIGURATION, place=place) from None


def write_model(path: Path, model: Model) -> int:
    """Put a model in the place of the old one, once it is whole and on the disk; gives its size."""
    data = pack(model)
    with replaced(path) as file:
        file.write(data)
    return len(data)


def holds(path: Path, model: Model) -> bool:
    """Whether the file is this model to the byte; False where there is none."""
    try:
        return path.read_bytes() == pack(model)
    except FileNotFoundError:
        return False


def set_aside(path: Path, previous: Path) -> None:
    """Keep the model in ``path`` as ``previous`` as well, if there is one; ``path`` stays in place all the time."""
    fresh = previous.with_name(f".{previous.name}.{os.getpid()}")
    try:
        os.link(path, fresh)
    except FileNotFoundError:
        return
    fresh.replace(previous)


def exchange(path: Path, previous: Path) -> None:
    """Let two models change places; ``path`` holds one of them at every moment."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    had = path.exists()
    if had:
        os.link(path, aside)
    previous.replace(path)
    if had:
        aside.replace(previous)
