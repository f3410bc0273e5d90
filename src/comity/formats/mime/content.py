"""What the Content fields of one header block say about the body under it.

Trust:      input is a stranger's fields; nothing is raised.
Standards:  RFC 2045 sections 5 and 6, RFC 2231.
Answers:    ``content_fields(headers)`` and ``usual_content_fields(block)``: a ``ContentFields``.
Limits:     64 KiB of Content-Type.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from comity.formats.mime.headers import Headers
from comity.formats.mime.words import parameters

USUAL: Final = 300  # bytes: the fields of a part that a program writes the same way into every mail
_LONGEST: Final = 65536
_TYPE: Final = re.compile(r"\s*([!#-'*+.0-9A-Z^-~-]+/[!#-'*+.0-9A-Z^-~-]+)")


class ContentFields(NamedTuple):
    """The media type in lower case, None where no field names one; its parameters; the transfer encoding, "" for none."""

    type: str | None
    params: Mapping[str, str]
    encoding: str


def content_fields(headers: Headers) -> ContentFields:
    """Read the fields of one part.

    >>> content_fields(Headers(data := b"Content-Type: TEXT/html; charset=big5", data, start=0, end=len(data)))
    ContentFields(type='text/html', params={'charset': 'big5'}, encoding='')
    """
    value = headers.first("content-type")
    encoding = headers.first("content-transfer-encoding")
    return ContentFields(
        _media_type(value) if value is not None else None,
        parameters(value[:_LONGEST]) if value else {},
        encoding.partition(";")[0].partition(" ")[0].strip("\"' ").lower() if encoding else "",
    )


@lru_cache(maxsize=512)
def usual_content_fields(block: bytes) -> ContentFields:
    """Read the fields of a short header block, once for all the mails that repeat it to the letter."""
    return content_fields(Headers(block, block, start=0, end=len(block)))


def _media_type(value: str) -> str:
    """Old mail programs wrote "text"; anything else without a slash is bytes."""
    match = _TYPE.match(value)
    if match:
        return match.group(1).lower()
    word = value.partition(";")[0].strip().lower()
    return "text/plain" if word in {"text", "plain", ""} else "application/octet-stream"
