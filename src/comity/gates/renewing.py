"""Take a renewed TLS certificate while serving: whoever renews it every two months must not have to restart us for it.

Answers:    ``Renewing(context, files, ...).look()`` takes what the files hold now, where they changed; ``run`` looks again and
            again.
Limits:     conversations that are under way keep what they began with. A certificate without its key, or a key without its
            certificate, is refused, and what was taken before goes on serving: the two files are seldom written at once.
"""

import asyncio
import ssl
from pathlib import Path
from typing import Final

from comity.model.log_events import LogEvent

LOOK_SECONDS: Final = 20.0
_State = tuple[tuple[int, int, int] | None, ...]


class Renewing:
    """One certificate, with its key."""

    def __init__(self, context: ssl.SSLContext, files: tuple[Path, Path], *, name: str, log: LogEvent) -> None:
        self._context, self._files, self._name, self._log = context, files, name, log
        self._seen = self._state()

    def look(self) -> None:
        """Take what is new."""
        found = self._state()
        if found == self._seen:
            return
        self._seen = found
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
                *self._files
            )  # half of it must not get into the other
            self._context.load_cert_chain(*self._files)
        except OSError as error:  # an SSLError is one
            self._log("certificate-refused", place=self._name, reason=error.strerror or type(error).__name__)
            return
        self._log("certificate-taken", place=self._name)

    async def run(self, seconds: float = LOOK_SECONDS) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(seconds)
            self.look()

    def _state(self) -> _State:
        return tuple(map(_one, self._files))


def _one(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
