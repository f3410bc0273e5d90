"""What DKIM hashes: header fields and bodies in their two canonical forms.

Trust:      input is a stranger's bytes, with CRLF line ends (``crlf`` makes them so); nothing is raised.
Standards:  RFC 6376 section 3.4.
Answers:    bytes.
Limits:     linear time, whatever the white space: a body of 25 MB of blanks costs what a text of that size costs.
"""

import re
from typing import Final

_BLANKS: Final = re.compile(rb"  +")
_WSP: Final = re.compile(rb"[ \t]+")
# What ``bytes.split`` takes for white space and DKIM does not: a vertical tab, a form feed, a CR that ends no line.
_NOT_BLANK: Final = re.compile(rb"[\r\x0b\x0c]")


def crlf(data: bytes) -> bytes:
    """The message with CRLF line ends, as it stood on the wire; the same object where it has them already.

    A file with LF was CRLF when it was signed. A bare CR is a line end in a file that has no other, else a character
    like any: that is how signers and verifiers in the field hash it.

    >>> crlf(b"a\\nb\\r\\nc"), crlf(b"a\\rb"), crlf(b"a\\rb\\r\\n")
    (b'a\\r\\nb\\r\\nc', b'a\\r\\nb', b'a\\rb\\r\\n')
    """
    if b"\r" not in data:
        return data.replace(b"\n", b"\r\n")
    lines = data.count(b"\n")
    if lines == 0:
        return data.replace(b"\r", b"\r\n")
    if lines == data.count(b"\r\n"):
        return data
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def relaxed_field(field: bytes) -> bytes:
    """One header field, ``Name: value``, in relaxed form, without its line end (RFC 6376 section 3.4.2).

    >>> relaxed_field(b"Subject : a\\t b\\r\\n  c ")
    b'subject:a b c'
    """
    name, _, value = field.partition(b":")
    value = value.replace(b"\r\n", b"")
    if _NOT_BLANK.search(value):
        return name.strip(b" \t").lower() + b":" + _WSP.sub(b" ", value).strip(b" ")
    return name.strip(b" \t").lower() + b":" + b" ".join(value.split())


def simple_body(body: bytes) -> bytes:
    """The body without its empty lines at the end, at least one CRLF (RFC 6376 section 3.4.3).

    >>> simple_body(b""), simple_body(b"a \\r\\n\\r\\n\\r\\n"), simple_body(b"a")
    (b'\\r\\n', b'a \\r\\n', b'a\\r\\n')
    """
    return _without_empty_end(body) + b"\r\n"


def relaxed_body(body: bytes) -> bytes:
    """The body with white space runs made one blank, none at line ends, no empty lines at the end (section 3.4.4).

    >>> relaxed_body(b" a\\t\\tb \\r\\n\\t\\r\\n"), relaxed_body(b" \\r\\n\\r\\n")
    (b' a b\\r\\n', b'')
    """
    if b"\t" in body:
        body = body.replace(b"\t", b" ")
    if b"  " in body:
        # Two passes end nearly all runs at a fraction of the price of an expression; the long ones are left to it.
        body = body.replace(b"  ", b" ").replace(b"  ", b" ")
        if b"  " in body:
            body = _BLANKS.sub(b" ", body)
    body = body.replace(b" \r\n", b"\r\n").removesuffix(b" ")
    body = _without_empty_end(body)
    return body + b"\r\n" if body else b""


def _without_empty_end(body: bytes) -> bytes:
    """Take every CRLF off the end, and nothing that is not a CRLF."""
    text = body.rstrip(b"\r\n")
    end = body[len(text) :]
    if len(end) % 2 == 0 and end == b"\r\n" * (len(end) // 2):
        return text
    # A CR that ends no line stands among them: keep everything up to the last such one.
    keep = len(end) if end.endswith(b"\r") else end.rfind(b"\r\r") + 1
    return text + end[:keep]
