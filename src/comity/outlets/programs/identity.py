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
from typing import Any, Final
from urllib.parse import quote_plus

import httpx

from comity.outlets.programs.within import Way

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
        try:
            verify = ssl.create_default_context(cafile=certificate) if url.startswith("https:") else False
            with Way(verify=verify, seconds=self._seconds, most=_MOST) as way:
                answer = way.ask(method, url, headers={"accept": "application/json"}, **more)
            said = json.loads(answer.data) if answer.status == _FINE and not answer.is_cut else None
        except (OSError, ValueError, RecursionError):
            return None
        return said if isinstance(said, dict) else None
