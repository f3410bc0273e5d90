"""Speak to a peer over HTTPS.

Trust:      the server is known by its certificate: of the usual CAs, of a private CA, or pinned; what it says is a stranger's.
Answers:    ``PeerClient(site)``: ``post(data)``, ``ask(data)``, ``hand(data)`` and ``state(data)`` give a status and what was
            said; 0 where nobody answered, with a word of ours for the reason ("peer-late", "peer-certificate-expired" ...).
            ``relay(path, data)`` hands on what somebody else sent, and says so. Where the file with the peer's certificate cannot
            be read, nobody is asked ("peer-certificate-missing") until it can: one peer's file holds up nothing of the others.
Limits:     30 s for a whole exchange, 16 MiB an answer, no redirects. One thread at a time.
"""

import json
import ssl
from collections.abc import Mapping
from typing import Any, Final

from comity.model.exchange_site import ExchangeSite
from comity.outlets.programs.within import AWAY, Way

LEAVES_PATH: Final = "/comity/v1/leaves"
QUESTION_PATH: Final = "/comity/v1/question"
DOCUMENTS_PATH: Final = "/comity/v1/documents"
STATEMENTS_PATH: Final = "/comity/v1/statements"
_MOST: Final = 16 << 20
SECONDS: Final = 30.0


class PeerClient:
    """The way to one peer."""

    def __init__(self, site: ExchangeSite, *, seconds: float | None = None) -> None:
        self._site, self._seconds = site, seconds or SECONDS
        self._open: Way | None = None

    def post(self, data: bytes) -> tuple[int, Mapping[str, Any]]:
        """Post leaves."""
        return self._send(LEAVES_PATH, data, "application/json")

    def ask(self, data: bytes) -> tuple[int, Mapping[str, Any]]:
        """Ask a question."""
        return self._send(QUESTION_PATH, data, "text/plain; charset=utf-8")

    def hand(self, data: bytes) -> tuple[int, Mapping[str, Any]]:
        """Hand signed documents over."""
        return self._send(DOCUMENTS_PATH, data, "application/json")

    def state(self, data: bytes) -> tuple[int, Mapping[str, Any]]:
        """Hand a joint statement over."""
        return self._send(STATEMENTS_PATH, data, "application/json")

    def close(self) -> None:
        """Let go of the connection."""
        if self._open is not None:
            self._open.close()

    def relay(self, path: str, data: bytes) -> tuple[int, Mapping[str, Any]]:
        """Hand on what somebody else sent; whoever gets it hands it on to nobody."""
        return self._send(path, data, "application/octet-stream", **{"comity-relayed": "1"})

    def _send(self, path: str, data: bytes, kind: str, **more: str) -> tuple[int, Mapping[str, Any]]:
        way = self._way()
        if way is None:
            return 0, {"error": "peer-certificate-missing"}
        fields = {"content-type": kind, "comity-to": self._site.peer, **more}
        answer = way.ask("POST", self._site.url + path, content=data, headers=fields)
        if answer.is_cut:
            return 0, {"error": "peer-long"}
        if answer.status == 0:
            return 0, {} if answer.fault == AWAY else {"error": f"peer-{answer.fault}"}
        try:
            said = json.loads(answer.data.decode("utf-8"))
        except (ValueError, RecursionError):
            said = None
        return answer.status, said if isinstance(said, dict) else {}

    def _way(self) -> Way | None:
        """The way there, as soon as what is trusted there can be read."""
        if self._open is None and (trusted := _context(self._site)) is not None:
            self._open = Way(verify=trusted, seconds=self._seconds, most=_MOST)
        return self._open


def _context(site: ExchangeSite) -> ssl.SSLContext | bool | None:
    if not site.url.startswith("https:"):
        return False  # loopback alone, where the settings allow it
    if site.trusted is None:
        return ssl.create_default_context()
    try:
        context = ssl.create_default_context(cafile=site.trusted)
    except OSError:  # no such file, or no certificate in it
        return None
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)  # a pinned certificate is its own authority
    return context
