"""A model as bytes: what was learnt, and from what, so that it can be kept, moved and refused.

Trust:      input may be damaged, foreign or newer than we are: then ``UnfitError`` says which, and nothing of it is used. It is
            numbers and JSON; nothing in it is ever run.
Answers:    ``pack(model)`` gives bytes; ``unpack(data)`` the same model to the bit, or raises ``UnfitError``.
Limits:     64 MiB.

The first line names kind and version; the second is JSON: the tables with name, kind of number and length, what was learnt from,
and a checksum of all that follows; then the tables, little-endian, one after the other.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

KIND: Final = b"comity-verdict-model "
VERSION: Final = 1
SIZE_LIMIT: Final = 64 << 20
_HEAD_LIMIT: Final = 1 << 20
_NUMBERS: Final = frozenset({"<f2", "<f4", "<f8", "<u1", "<u4", "<i4", "<u8", "<i8"})

Table = NDArray[Any]


class UnfitError(Exception):
    """These bytes are no model for us; ``code`` says why: ``model-foreign``, ``model-newer``, ``model-damaged``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Tables by name, and what is known of them: plain values that JSON can hold."""

    tables: Mapping[str, Table]
    about: Mapping[str, Any] = field(default_factory=dict)


def pack(model: Model) -> bytes:
    """Write a model.

    >>> unpack(pack(Model(tables={"a": np.array([1.5], dtype="<f4")}, about={"spam": 2}))).about
    {'spam': 2}
    """
    described, parts = [], []
    for name, table in model.tables.items():
        little = np.ascontiguousarray(table, dtype=table.dtype.newbyteorder("<"))
        code = little.dtype.str.replace("|", "<")
        if code not in _NUMBERS:
            raise ValueError(f"{name}: a model holds no {code}")
        described.append([name, code, len(little)])
        parts.append(little.tobytes())
    body = b"".join(parts)
    head = {"tables": described, "about": dict(model.about), "sha256": sha256(body).hexdigest()}
    line = json.dumps(head, ensure_ascii=True, sort_keys=True).encode("ascii")
    return b"".join((KIND, b"%d\n" % VERSION, line, b"\n", body))


def unpack(data: bytes) -> Model:
    """Read a model, all of it or nothing."""
    kind, _, rest = data.partition(b"\n")
    if not kind.startswith(KIND):
        raise UnfitError("model-foreign")
    if kind != KIND + b"%d" % VERSION:
        raise UnfitError("model-newer" if kind[len(KIND) :].isdigit() else "model-damaged")
    end = rest.find(b"\n", 0, _HEAD_LIMIT)
    try:
        head = json.loads(rest[: max(end, 0)])
        body = memoryview(rest)[end + 1 :]
        if sha256(body).hexdigest() != head["sha256"]:
            raise UnfitError("model-damaged")
        return Model(tables=dict(_tables(head["tables"], body)), about=dict(head["about"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UnfitError("model-damaged") from None


def _tables(described: list[tuple[str, str, int]], body: memoryview) -> list[tuple[str, Table]]:
    tables, at = [], 0
    for name, code, length in described:
        if code not in _NUMBERS or length < 0:
            raise UnfitError("model-damaged")
        kind = np.dtype(code)
        tables.append(
            (str(name), np.frombuffer(body, dtype=kind, count=length, offset=at).astype(kind.newbyteorder("=")))
        )
        at += length * kind.itemsize
    if at != len(body):
        raise UnfitError("model-damaged")
    return tables
