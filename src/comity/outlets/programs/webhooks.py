"""Tell another program something over HTTPS.

Trust:      the address stands in our settings, and nowhere else (promise P6); what is answered is a stranger's, and only its status
            counts.
Answers:    ``WebhookOut.post(place, body, fields)`` gives ``Answered``; status 0 where nobody answered. Raises nothing.
Limits:     10 s in all, 4 KiB of the answer, no redirects, no proxies of the environment.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

import httpx

_SECONDS: Final = 10.0
_MOST: Final = 4 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one program listens."""

    url: str
    authorization: str | None = None
    certificate: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What became of it."""

    status: int
    text: str


class WebhookOut:
    """The way to other programs."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds

    def post(self, place: Place, body: bytes, fields: Mapping[str, str]) -> Answered:
        """Post once."""
        headers = {"content-type": "application/json", "user-agent": "comity", **fields}
        if place.authorization is not None:
            headers["authorization"] = place.authorization
        until = monotonic() + self._seconds
        found = bytearray()
        try:
            verify = ssl.create_default_context(cafile=place.certificate) if place.url.startswith("https:") else False
            with (
                httpx.Client(verify=verify, timeout=self._seconds, follow_redirects=False, trust_env=False) as client,
                client.stream("POST", place.url, content=body, headers=headers) as answer,
            ):
                for part in answer.iter_bytes():
                    found += part
                    if len(found) > _MOST or monotonic() > until:
                        break
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return Answered(status=0, text=type(error).__name__)
        text = bytes(found[:200]).decode("utf-8", "replace")
        return Answered(status=answer.status_code, text="".join(sign if sign.isprintable() else " " for sign in text))
