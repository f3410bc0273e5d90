"""Run one of the operator's own programs within bounds of time and memory.

Trust:      which program that is stands in our settings (promise P6); what it says may be as much as it likes.
Answers:    ``run(command, given, seconds)`` gives ``Ended``: its exit status, None where it took too long, and the end of what it
            said on standard error. Raises OSError where it cannot be started.
Limits:     ``KEPT`` bytes of what it says are kept. When its time is over, all that it started ends with it; when it ends by
            itself, what it leaves behind goes on, and is not waited for.
"""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

KEPT: Final = 4096
_PIECE: Final = 1 << 16
_LAST: Final = 32  # pieces: more than a pipe holds; what goes on behind it may say more for ever
_LOOK: Final = 0.02  # seconds: how soon it is noticed that it ended without closing what it says


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What became of it."""

    status: int | None
    said: bytes


def run(command: Sequence[str], given: bytes, seconds: float, *, environment: Mapping[str, str] | None = None) -> Ended:
    """Run it once, with these bytes on its input.

    >>> run(["sh", "-c", "cat >&2; exit 3"], b"a word", 30)
    Ended(status=3, said=b'a word')
    """
    program = subprocess.Popen(  # noqa: S603 - the operator's own program, without a shell
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )
    with program, _Talk(program, given) as talk:
        ends = time.monotonic() + seconds
        while program.poll() is None and time.monotonic() < ends:
            talk.go_on(_LOOK)
        status = program.poll()
        if status is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(program.pid, signal.SIGKILL)
        for _ in range(_LAST):  # what was said before the end is still in the pipe
            if not talk.go_on(0):
                break
        return Ended(status=status, said=bytes(talk.tail))


class _Talk:
    """Both pipes of a program, neither of which may hold us up."""

    def __init__(self, program: subprocess.Popen[bytes], given: bytes) -> None:
        self.tail = bytearray()
        self._given, self._pipes = memoryview(given), selectors.DefaultSelector()
        for pipe, event in ((program.stdin, selectors.EVENT_WRITE), (program.stderr, selectors.EVENT_READ)):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
                self._pipes.register(pipe, event)

    def __enter__(self) -> "_Talk":
        """Both are open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nobody writes and nobody reads any more."""
        for key in list(self._pipes.get_map().values()):
            self._close(key.fileobj)
        self._pipes.close()

    def go_on(self, seconds: float) -> int:
        """Hear and tell what can be; how many bytes were heard."""
        heard = 0
        if not self._pipes.get_map():
            time.sleep(seconds)
        for key, event in self._pipes.select(seconds) if self._pipes.get_map() else ():
            if event & selectors.EVENT_READ:
                piece = os.read(key.fd, _PIECE)
                heard += len(piece)
                self.tail += piece
                del self.tail[:-KEPT]
                is_over = not piece
            else:
                is_over = self._tell(key.fd)
            if is_over:
                self._close(key.fileobj)
        return heard

    def _tell(self, pipe: int) -> bool:
        """Whether that was all; a program that does not read what it is told has its reasons."""
        try:
            self._given = self._given[os.write(pipe, self._given[:_PIECE]) :]
        except OSError:
            return True
        return not self._given

    def _close(self, pipe: object) -> None:
        self._pipes.unregister(pipe)  # type: ignore[arg-type]  # what was registered
        with suppress(OSError):
            pipe.close()  # type: ignore[attr-defined]  # the same
