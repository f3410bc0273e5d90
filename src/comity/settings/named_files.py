"""Where a setting stands in the file, and whether the files that settings name are there.

Trust:      the operator's own file; a setting that names nothing is found when it is used, which may be months later.
Answers:    ``missing_files(settings)``: an error with key, line and reason for each; ``place_of(settings, key)`` is file and line.
Limits:     files that the program makes, or that come and go (logs), are not looked for. Whether the content fits is said by
            whoever reads it.
"""

import os
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from comity.formats.toml_lines import Path as KeyPath
from comity.formats.toml_lines import key_lines
from comity.model.message import Message
from comity.model.outcomes import FILE_ERRORS, ComityError
from comity.settings.kinds import Entries, File, Many
from comity.settings.reader import Where, read_text, wrong
from comity.settings.records import ROOMS, Settings

# What is made at its first use, and what is looked at elsewhere.
_NOT_SOUGHT: Final = frozenset(
    {
        ("complain", "out"),
        ("complain", "key_file"),
        ("data", "prefixes"),
        ("exchange", "certificate"),
        ("exchange", "certificate_key"),
        ("exchange", "head_file"),
        ("gates", "spool"),
        ("help", "key_file"),
        ("help", "out"),
        ("judging", "model"),
        ("playbook", "export"),
        ("reading", "delivery_keys"),
        ("sealed", "key"),
        ("signals", "folder"),
        ("sources", "mail_log_key"),
        ("sources", "own_logs"),
        ("sources", "trace_keys"),
        ("watch", "path"),
    }
)


def missing_files(settings: Settings) -> Iterator[ComityError]:
    """One for each, in the order of the settings."""
    if settings.file is None:
        return
    where = _where(settings.file)
    for room, record in ROOMS.items():
        yield from _missing((room,), getattr(settings, room), record, where=where)


def place_of(settings: Settings, *key: str) -> str | None:
    """File and line of a setting; None without a file."""
    return None if settings.file is None else _where(settings.file).of(key)


def _where(file: Path) -> Where:
    return Where(file, key_lines(read_text(file)))


def _missing(key: KeyPath, values: Any, record: type[Any], *, where: Where) -> Iterator[ComityError]:
    for one in fields(record):
        kind, value = one.metadata.get("kind"), getattr(values, one.name)
        if not value or (key[0], one.name) in _NOT_SOUGHT:
            continue
        if isinstance(kind, Entries):
            for number, entry in enumerate(value):
                yield from _missing((*key, one.name, number), entry, kind.record, where=where)
        elif isinstance(kind, File):
            yield from _sought((*key, one.name), value, where)
        elif isinstance(kind, Many) and isinstance(kind.kind, File):
            for number, each in enumerate(value):
                yield from _sought((*key, one.name, number), each, where)


def _sought(key: KeyPath, file: Path, where: Where) -> Iterator[ComityError]:
    reason = _reason(file)
    if reason is not None:
        shown = key if key in where.lines else tuple(key[:-1]) if isinstance(key[-1], int) else key
        name = ".".join(part for part in key if isinstance(part, str))
        yield wrong("setting-file", where.of(shown), name=name, file=file, reason=reason)


def _reason(file: Path) -> Message | str | None:
    try:
        file.stat()
    except OSError as error:
        known = FILE_ERRORS.get(error.errno or 0)
        return Message(f"error.{known}") if known else error.strerror or str(error)
    return None if os.access(file, os.R_OK) else Message("error.file-denied")
