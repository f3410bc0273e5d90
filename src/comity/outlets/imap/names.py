"""How names stand in a command of IMAP.

Standards:  RFC 3501 sections 4.3 (quoted strings) and 5.1.3 (folder names in modified UTF-7).
Answers:    ``quote(text)``, ``mutf7(name)``; nothing is raised.
Limits:     control characters are for the caller to refuse: a quoted string cannot hold the end of a line.
"""

import base64


def quote(text: str) -> str:
    """A quoted string of IMAP."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def mutf7(name: str) -> str:
    """A folder name in modified UTF-7.

    >>> mutf7("垃圾邮件/a&b")
    '&V4NXPpCuTvY-/a&-b'
    """
    out: list[str] = []
    wide = ""
    for sign in [*name, ""]:
        if sign and not " " <= sign <= "~":
            wide += sign
            continue
        if wide:
            packed = base64.b64encode(wide.encode("utf-16-be", "surrogatepass")).rstrip(b"=").decode("ascii")
            out.append("&" + packed.replace("/", ",") + "-")
            wide = ""
        out.append("&-" if sign == "&" else sign)
    return "".join(out)
