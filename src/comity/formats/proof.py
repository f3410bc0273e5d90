"""Proof that a network, a domain or a mailbox is somebody's: a record in the DNS, or an answer to a mail with a code in it.

Trust:      whoever can write into a zone controls its names; whoever knows a code has read the mail with it. The code of an
            automatic answer proves nothing: programs repeat what they get. So the word of consent stands before it.
Standards:  RFC 8552 (names with underscores), RFC 1035 and RFC 3596 (reverse names), RFC 6449 section 3.2.
Answers:    ``token``, ``stands``, ``dns_name`` and ``zones`` for the DNS; ``answer_in(text)`` for mail: ``Answer`` or None.
Limits:     a token is the same for each subject, every time. The first code in an answer counts, in its first 20,000 characters.
"""

import hmac
import re
from base64 import b32encode
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Final

CODE_BYTES: Final = 10
_TEXT: Final = 20_000
# What a person writes, in either language; our own mail never shows word and code side by side.
_ANSWER: Final = re.compile(r"(?i:\b(agree|refuse)|(同意|拒绝))[ \t:：]{1,5}(P-[A-Z2-7]{16})\b")
_CONSENTS: Final = frozenset({"agree", "同意"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person wrote."""

    code: str
    agrees: bool


def code(chance: bytes) -> str:
    """A code for one mail, of ten octets of chance.

    >>> code(bytes(10))
    'P-AAAAAAAAAAAAAAAA'
    """
    return f"P-{b32encode(chance).decode()}"


def answer_in(text: str) -> Answer | None:
    """What a mail says about a code of ours; None where it says nothing.

    >>> answer_in("> code: P-AAAAAAAAAAAAAAAA\\nAgree P-AAAAAAAAAAAAAAAA")
    Answer(code='P-AAAAAAAAAAAAAAAA', agrees=True)
    >>> answer_in("P-AAAAAAAAAAAAAAAA") is None
    True
    """
    found = _ANSWER.search(text[:_TEXT])
    if found is None:
        return None
    return Answer(code=found[3], agrees=(found[1] or found[2]).lower() in _CONSENTS)


def token(secret: bytes, purpose: str, subject: str) -> str:
    """What the record in the DNS says: another one for each purpose and subject.

    >>> token(b"secret", "recourse", "east.example")[:8]
    'comity-b'
    """
    digest = hmac.digest(secret, f"{purpose}\0{subject}".encode(), "sha256")[:15]
    return "comity-" + b32encode(digest).decode().lower()


def stands(records: str | None, wanted: str) -> bool:
    """Whether one of the records of a name, a line each, says what is wanted: others may stand beside it, for others.

    >>> stands("comity-a\\ncomity-b", "comity-b"), stands("comity-a", "comity-b"), stands(None, "comity-b")
    (True, False, False)
    """
    return any(each.strip() == wanted for each in (records or "").split("\n"))


def has_zone(network: IPv4Network | IPv6Network) -> bool:
    """Whether a reverse zone covers this network and no more: else a record proves less than the network, or needs more than it.

    >>> from ipaddress import ip_network
    >>> has_zone(ip_network("198.51.100.0/24")), has_zone(ip_network("198.51.96.0/20"))
    (True, False)
    """
    return network.prefixlen % _step(network) == 0


def zones(network: IPv4Network | IPv6Network) -> "list[IPv4Network] | list[IPv6Network]":
    """The networks with reverse zones of their own that it consists of: itself, or up to 128. Whoever writes into one of them
    controls that one alone, so each must say that the whole is his.

    >>> from ipaddress import ip_network
    >>> [str(each) for each in zones(ip_network("198.51.100.0/22"))]
    ['198.51.100.0/24', '198.51.101.0/24', '198.51.102.0/24', '198.51.103.0/24']
    """
    step = -network.prefixlen % _step(network)
    if isinstance(network, IPv4Network):
        return list(network.subnets(step))
    return list(network.subnets(step))


def _step(network: IPv4Network | IPv6Network) -> int:
    """How many bits a label of the reverse name stands for."""
    return 8 if network.version == 4 else 4


def dns_name(label: str, subject: IPv4Network | IPv6Network | str) -> str:
    """Where it stands: below the domain, or below the reverse name of a network that has a zone of its own.

    >>> dns_name("_comity", "east.example")
    '_comity.east.example'
    """
    if isinstance(subject, str):
        return f"{label}.{subject}"
    labels = subject.network_address.reverse_pointer.split(".")
    step = _step(subject)
    left = subject.max_prefixlen - subject.prefixlen
    return f"{label}." + ".".join(labels[left // step :])
