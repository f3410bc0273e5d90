"""The macro strings of SPF: their form, and what they stand for in one check.

Trust:      the string is a stranger's, and so are the values that are put in; nothing is raised.
Standards:  RFC 7208 section 7.
Answers:    ``is_domain_spec``, ``is_macro_string`` tell the form; ``needs_name`` whether the name of the client must be known;
            ``expanded`` gives the domain to ask.
Limits:     what is longer than a domain name loses labels on its left, as the RFC says.
"""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final
from urllib.parse import quote

_MACRO: Final = re.compile(r"%\{([slodipvhSLODIPVH])([0-9]{0,3})([rR]?)([.+,/_=-]*)\}|%([%_-])")
# A macro string: visible characters, each % the begin of a macro.
_STRING: Final = re.compile(r"(?:[!-$&-~]|%\{[slodipvhSLODIPVH][0-9]{0,3}[rR]?[.+,/_=-]*\}|%[%_-])*")
# A domain ends with a label that could be one, or with a macro that may become one.
_END: Final = re.compile(r"(?:\.|\A)(?:[A-Za-z0-9-]*[A-Za-z-][A-Za-z0-9-]*)\.?\Z|%\{[^}]*\}\.?\Z")
_LITERAL: Final = {"%": "%", "_": " ", "-": "%20"}
_LONGEST: Final = 253


def is_macro_string(text: str) -> bool:
    """Whether a text is a macro string.

    >>> is_macro_string("%{ir}.%{v}._spf"), is_macro_string("%(ir)"), is_macro_string("%{d0}")
    (True, False, False)
    """
    return _STRING.fullmatch(text) is not None and not any(
        match[2] and int(match[2]) == 0 for match in _MACRO.finditer(text)
    )


def is_domain_spec(text: str) -> bool:
    """Whether a text can name a domain.

    >>> is_domain_spec("%{l}.east.example"), is_domain_spec("example.-com"), is_domain_spec("abc.123"), is_domain_spec("")
    (True, False, False, False)
    """
    if not text or not is_macro_string(text):
        return False
    if not _END.search(text):
        return False
    if text.removesuffix(".").endswith("}"):
        return True
    name, dot, last = text.removesuffix(".").rpartition(".")
    return bool(dot) and bool(name) and last[0] != "-" and last[-1] != "-"


def needs_name(text: str) -> bool:
    """Whether ``%{p}`` stands in it."""
    return any((match[1] or "").lower() == "p" for match in _MACRO.finditer(text))


def values(mail_from: str, domain: str, client_ip: str, *, helo: str) -> dict[str, str]:
    """What the letters stand for; ``p`` is put in by whoever has found it out."""
    local, _, host = mail_from.rpartition("@")
    number = ip_address(client_ip)
    dotted = client_ip if number.version == 4 else ".".join(number.exploded.replace(":", ""))
    return {
        "s": mail_from,
        "l": local,
        "o": host,
        "d": domain,
        "i": dotted,
        "v": "in-addr" if number.version == 4 else "ip6",
        "h": helo,
        "p": "unknown",
    }


def expanded(text: str, letters: Mapping[str, str]) -> str:
    """The domain that a domain-spec names.

    >>> letters = values("strong-bad@email.example.com", "email.example.com", "192.0.2.3", helo="mx.example.org")
    >>> expanded("%{ir}.%{v}._spf.%{d2}", letters), expanded("%{lr-}.lp._spf.%{d2}", letters)
    ('3.2.0.192.in-addr._spf.example.com', 'bad.strong.lp._spf.example.com')
    """

    def one(match: re.Match[str]) -> str:
        if match[5]:
            return _LITERAL[match[5]]
        value = letters[match[1].lower()]
        if match[2] or match[3] or match[4]:
            parts = re.split(f"[{re.escape(match[4] or '.')}]", value)
            if match[3]:
                parts.reverse()
            value = ".".join(parts[-int(match[2]) :] if match[2] else parts)
        return quote(value, safe="-._~") if match[1].isupper() else value

    name = _MACRO.sub(one, text).removesuffix(".").lower()
    if len(name) > _LONGEST:
        dot = name.find(".", len(name) - _LONGEST - 1)
        name = name[dot + 1 :] if dot >= 0 else ""
    return name
