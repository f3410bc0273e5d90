"""Ask a house that knows its people already (OpenID Connect) over HTTPS.

Trust:      the addresses are the settings' and what the house published under them, over TLS or on this machine; what is
            answered is a stranger's until it is checked.
Answers:    ``IdentityWeb``, which fits ``comity.services.operate.accounts.elsewhere.rows.Web``. Raises nothing.
Limits:     10 s in all, 256 KiB of the answer, no redirects, no proxies of the environment; JSON objects alone.
"""

import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any, Final
from urllib.parse import quote_plus

import httpx

_SECONDS: Final = 10.0
_MOST: Final = 256 << 10
_FINE: Final = 200


class IdentityWeb:
    """The way to other houses."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds

    def get(self, url: str, certificate: Path | None) -> Mapping[str, Any] | None:
        """Look something up."""
        return self._asked("GET", url, certificate)

    def post(
        self, url: str, form: Mapping[str, str], *, secret: tuple[str, str] | None, certificate: Path | None
    ) -> Mapping[str, Any] | None:
        """Send a form, with name and secret in the field Authorization (RFC 6749 section 2.3.1: each encoded first)."""
        auth = None if secret is None else httpx.BasicAuth(*(quote_plus(each) for each in secret))
        return self._asked("POST", url, certificate, data=dict(form), auth=auth)

    def _asked(self, method: str, url: str, certificate: Path | None, **more: Any) -> Mapping[str, Any] | None:
        until, found = monotonic() + self._seconds, bytearray()
        try:
            verify = ssl.create_default_context(cafile=certificate) if url.startswith("https:") else False
            with (
                httpx.Client(verify=verify, timeout=self._seconds, follow_redirects=False, trust_env=False) as client,
                client.stream(method, url, headers={"accept": "application/json"}, **more) as answer,
            ):
                for part in answer.iter_bytes(16 << 10):
                    found += part
                    if len(found) > _MOST or monotonic() > until:
                        return None
            said = json.loads(found) if answer.status_code == _FINE else None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, RecursionError):
            return None
        return said if isinstance(said, dict) else None
