"""Tell another program something over HTTPS.

Trust:      the address stands in our settings, and nowhere else (promise P6); what is answered is a stranger's, and only its status
            counts.
Answers:    ``WebhookOut.post(place, body, fields)`` gives ``Answered``; status 0 where nobody answered. Raises nothing.
Limits:     10 s in all, 4 KiB of the answer, no redirects, no proxies of the environment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from comity.outlets.programs.posting import Place, post

_SECONDS: Final = 10.0
_MOST: Final = 4 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What became of it."""

    status: int
    text: str

    @property
    def said(self) -> str:
        """For people: what it answered, or why nothing came."""
        return f"{self.status} {self.text}".strip() if self.status else self.text


class WebhookOut:
    """The way to other programs."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds

    def post(self, place: Place, body: bytes, fields: Mapping[str, str]) -> Answered:
        """Post once."""
        found = post(place, body, fields, seconds=self._seconds, most=_MOST)
        text = found.data[:200].decode("utf-8", "replace")
        return Answered(status=found.status, text="".join(sign if sign.isprintable() else " " for sign in text))
