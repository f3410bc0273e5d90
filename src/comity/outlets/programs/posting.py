"""Post to another program over HTTPS, once, within bounds of time and size.

Trust:      the address stands in our settings, and nowhere else (promise P6); what is answered is a stranger's.
Answers:    ``post(place, body, fields, seconds=, most=)`` gives ``Posted``; status 0 where nobody answered. Raises nothing.
Limits:     ``seconds`` in all, ``most`` bytes of the answer and a little more, no redirects, no proxies of the environment.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import httpx


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one program listens."""

    url: str
    authorization: str | None = None
    certificate: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What was answered; where ``is_cut`` it went on, or took too long. Without a status, ``data`` names the fault."""

    status: int
    data: bytes
    is_cut: bool = False


def post(place: Place, body: bytes, fields: Mapping[str, str], *, seconds: float, most: int) -> Posted:
    """Post once."""
    headers = {"content-type": "application/json", "user-agent": "comity", **fields}
    if place.authorization is not None:
        headers["authorization"] = place.authorization
    until, found, is_cut = monotonic() + seconds, bytearray(), False
    try:
        verify = ssl.create_default_context(cafile=place.certificate) if place.url.startswith("https:") else False
        with (
            httpx.Client(verify=verify, timeout=seconds, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", place.url, content=body, headers=headers) as answer,
        ):
            for part in answer.iter_bytes():
                found += part
                if len(found) > most or monotonic() > until:
                    is_cut = True
                    break
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return Posted(status=0, data=type(error).__name__.encode("ascii"))
    return Posted(status=answer.status_code, data=bytes(found), is_cut=is_cut)
