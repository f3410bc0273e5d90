"""Tell a program on this machine something: started without a shell, with what it must know on its input.

Trust:      the program stands in our settings, and nowhere else (promise P6); nothing of a stranger is in its arguments, and what
            it says counts only by its exit status.
Answers:    ``CommandOut(command).run(word, facts)`` gives ``Ran``: status 200 where it ended with 0, 0 where nobody answered it
            (exit status 75, EX_TEMPFAIL), it could not be started or took too long, 500 where it ended otherwise. Raises nothing.
Limits:     ``SECONDS`` in all; it gets PATH and LANG, and no other variable of ours; 200 signs of what it says are kept.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import environ
from typing import Any, Final

from comity.outlets.programs import bounded

SECONDS: Final = 20.0
_SHOWN: Final = 200
_PASSED: Final = ("PATH", "LANG")
_LATE: Final = "late"  # as of webhooks: whoever shows it has words for it
_DONE, _NOBODY_ANSWERS = 0, 75
_STATUS: Final = {_DONE: 200, _NOBODY_ANSWERS: 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What became of it."""

    status: int
    text: str
    ended: int | None = None  # its exit status

    @property
    def said(self) -> str:
        """For people: how it ended, and what it said."""
        how = "" if self.ended is None else f"exit status {self.ended}"
        return ": ".join(filter(None, (how, self.text)))


class CommandOut:
    """The way to one program."""

    def __init__(self, command: Sequence[str], seconds: float = SECONDS) -> None:
        self._command, self._seconds = list(command), seconds

    def run(self, word: str, facts: Mapping[str, Any]) -> Ran:
        """Run it once."""
        passed = {name: environ[name] for name in _PASSED if name in environ}
        try:
            ended = bounded.run(
                [*self._command, word], json.dumps(facts).encode("ascii"), self._seconds, environment=passed
            )
        except (OSError, ValueError) as error:
            return Ran(status=0, text=type(error).__name__)
        if ended.status is None:
            return Ran(status=0, text=_LATE)
        text = ended.said[-4 * _SHOWN :].decode("utf-8", "replace").strip()[-_SHOWN:]
        shown = "".join(sign if sign.isprintable() else " " for sign in text)
        return Ran(status=_STATUS.get(ended.status, 500), text=shown, ended=ended.status)
