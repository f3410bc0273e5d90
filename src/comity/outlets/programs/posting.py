"""Post to another program over HTTPS, once, within bounds of time and size.

Trust:      the address stands in our settings, and nowhere else (promise P6); what is answered is a stranger's. Where the name
            leads is the DNS's word: a place that may not be private is looked up once, and called at what was found.
Answers:    ``post(place, body, fields, seconds=, most=)`` gives ``Posted``; status 0 where nobody answered. Raises nothing.
Limits:     those of ``comity.outlets.programs.within``.
"""

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Final

import httpx

from comity.outlets.programs.within import AWAY, Way

PRIVATE: Final = "private"  # the name leads to an address that is not of the open internet
# Ways to write IPv4 in IPv6, and how many bits stand behind it: a translator or a tunnel leads to what is written there (RFC 4291
# sections 2.5.5.1 and 2.5.5.2, RFC 2765 section 2.1, RFC 6052 section 2.1, RFC 3056 section 2).
_CARRIERS: Final = (
    (IPv6Network("::/96"), 0),
    (IPv6Network("::ffff:0:0/96"), 0),
    (IPv6Network("::ffff:0:0:0/96"), 0),
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("2002::/16"), 80),
)
# Translation within one house (RFC 8215), and what was site-local once (RFC 3879).
_OF_A_HOUSE: Final = (IPv6Network("64:ff9b:1::/48"), IPv6Network("fec0::/10"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one program listens."""

    url: str
    authorization: str | None = None
    certificate: Path | None = None
    may_be_private: bool = True  # else addresses that are not of the open internet are not called


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What was answered; where ``is_cut`` it went on. Without a status, ``data`` names the fault: "away", "late" ..."""

    status: int
    data: bytes
    is_cut: bool = False


def post(place: Place, body: bytes, fields: Mapping[str, str], *, seconds: float, most: int) -> Posted:
    """Post once."""
    headers = {"content-type": "application/json", "user-agent": "comity", **fields}
    if place.authorization is not None:
        headers["authorization"] = place.authorization
    how: dict[str, str] = {}
    try:
        verify = ssl.create_default_context(cafile=place.certificate) if place.url.startswith("https:") else False
        url = httpx.URL(place.url)
        if not place.may_be_private:
            address = _open_address(url)
            if address is None:
                return Posted(status=0, data=PRIVATE.encode("ascii"))
            # The one that was looked at is called: another answer of the DNS could be another address.
            headers["host"], how = url.netloc.decode("ascii"), {"sni_hostname": url.host}
            url = url.copy_with(host=address)
    except socket.gaierror:
        return Posted(status=0, data=AWAY.encode("ascii"))
    except (httpx.InvalidURL, OSError, ValueError) as error:
        return Posted(status=0, data=type(error).__name__.encode("ascii"))
    with Way(verify=verify, seconds=seconds, most=most) as way:
        said = way.ask("POST", url, content=body, headers=headers, extensions=how)
    if said.status == 0:
        return Posted(status=0, data=(said.fault or AWAY).encode("ascii"))
    return Posted(status=said.status, data=said.data, is_cut=said.is_cut)


def _open_address(url: httpx.URL) -> str | None:
    """An address of that host, where all of them are of the open internet."""
    port = url.port or (443 if url.scheme == "https" else 80)
    found = [each[4][0] for each in socket.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)]
    addresses = [ip_address(str(each).partition("%")[0]) for each in found]
    return str(addresses[0]) if addresses and all(map(_is_open, addresses)) else None


def _is_open(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is of the open internet, and whatever it leads to as well."""
    if isinstance(address, IPv6Address):
        if any(address in each for each in _OF_A_HOUSE):
            return False
        for carrier, behind in _CARRIERS:
            if address in carrier:
                return _is_open(IPv4Address(int(address) >> behind & 0xFFFFFFFF))
    return address.is_global and not address.is_multicast
