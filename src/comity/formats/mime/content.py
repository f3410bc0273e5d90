"""What the Content fields of one header block say about the body under it.

Trust:      input is a stranger's fields; nothing is raised.
Standards:  RFC 2045 sections 5 and 6, RFC 2231.
Answers:    ``content_fields(first)`` and ``usual_content_fields(block)``: a ``ContentFields``.
Limits:     64 KiB of Content-Type.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from comity.formats.mime.headers import Headers
from comity.formats.mime.words import decode_words, parameters
from comity.formats.remembered import Remembered

USUAL: Final = 300  # bytes: the fields of a part that a program writes the same way into every mail
_LONGEST: Final = 65536
_TYPE: Final = re.compile(r"\s*([!#-'*+.0-9A-Z^-~-]+/[!#-'*+.0-9A-Z^-~-]+)")


_NO_PARAMETERS: Final[Mapping[str, str]] = {}


class ContentFields(NamedTuple):
    """What the fields say, None or "" where they do not.

    The media type and the transfer encoding are in lower case; ``filename`` is a label for people, never a path to open.
    """

    type: str | None = None
    params: Mapping[str, str] = _NO_PARAMETERS  # of Content-Type
    encoding: str = ""
    disposition: str | None = None  # without its parameters, in lower case
    filename: str | None = None


def content_fields(first: Callable[[str], str | None]) -> ContentFields:
    """Read the fields of one part; ``first`` gives the first value of a field.

    >>> said = content_fields({"content-type": "TEXT/html; charset=big5"}.get)
    >>> said.type, said.params
    ('text/html', {'charset': 'big5'})
    """
    return content_said(first("content-type"), first("content-transfer-encoding"), first("content-disposition"))


def content_said(kind: str | None, encoding: str | None, disposition: str | None = None) -> ContentFields:
    """The same, of the values of the three fields; None where a field is not there."""
    if disposition is None and (encoding is None or len(encoding) <= USUAL):
        if kind is None:
            return _NOTHING if encoding is None else _usual(kind, encoding)
        if len(kind) <= USUAL:
            if "boundary" not in kind:
                return _usual(kind, encoding)
            if encoding is None:
                return _bounded(kind) or _stated(kind, encoding)
    return _stated(kind, encoding, disposition)


def _stated(kind: str | None, encoding: str | None, disposition: str | None = None) -> ContentFields:
    params = parameters(kind[:_LONGEST]) if kind else _NO_PARAMETERS
    name = parameters(disposition[:_LONGEST]).get("filename") if disposition else None
    name = name or params.get("name")
    return ContentFields(
        _media_type(kind) if kind is not None else None,
        params,
        encoding.partition(";")[0].partition(" ")[0].strip("\"' ").lower() if encoding else "",
        disposition.partition(";")[0].strip().lower() or None if disposition else None,
        decode_words(name) if name else None,
    )


def _bounded(kind: str) -> ContentFields | None:
    """Read what ends with a quoted boundary: that is the only one of its kind, what stands before it is not."""
    before, _, behind = kind.partition('boundary="')
    boundary, quote, rest = behind.partition('"')
    if not boundary or not quote or rest or "\\" in boundary:
        return None
    said = _before_boundary(before)
    return said and _made(ContentFields, (said.type, {**said.params, "boundary": boundary}, "", None, said.filename))


@lru_cache(maxsize=512)
def _before_boundary(text: str) -> ContentFields | None:
    """Read a Content-Type up to its boundary; None where that may belong to what stands before it."""
    is_whole = text.rstrip().endswith(";") and '"' not in text and "*" not in text and "boundary" not in text.lower()
    return _stated(text, None) if is_whole else None


_NOTHING: Final = ContentFields()
_made: Final = tuple.__new__  # for every mail: what the class itself does takes four times as long
_usual: Final = lru_cache(maxsize=512)(_stated)  # "text/plain; charset=utf-8" stands in every second mail


def _in_block(block: bytes) -> ContentFields | None:
    headers = Headers.of_fields(block, block, start=0, end=len(block))
    return None if headers is None else content_fields(headers.first)


# Reads a short header block, once for all the mails that repeat it to the letter; None where it holds more than fields.
usual_content_fields: Final = Remembered(_in_block, most=512, longest=USUAL + 2).__getitem__


def _media_type(value: str) -> str:
    """Old mail programs wrote "text"; anything else without a slash is bytes."""
    match = _TYPE.match(value)
    if match:
        return match.group(1).lower()
    word = value.partition(";")[0].strip().lower()
    return "text/plain" if word in {"text", "plain", ""} else "application/octet-stream"
