"""One table from an outcome to what each kind of caller is told, and one from what the system says of a file to our word for it.

Standards:  sysexits(3) for exit statuses; RFC 5321 section 4.2, RFC 3463 and RFC 9110 for the others.
"""

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

# What the system says about a file, in our own words; anything else is told in the system's.
FILE_ERRORS: Final = {
    errno.ENOENT: "file-missing",
    errno.EACCES: "file-denied",
    errno.EPERM: "file-denied",
    errno.EISDIR: "file-is-folder",
    errno.ENOTDIR: "file-not-folder",
    errno.ENOSPC: "file-no-room",
    errno.EDQUOT: "file-no-room",
    errno.EEXIST: "file-exists",
    errno.EFBIG: "file-too-large",
    errno.ELOOP: "file-loop",
    errno.ENAMETOOLONG: "file-name-long",
    errno.EROFS: "file-read-only",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How one outcome is told over each protocol; ``bland`` is the text for strangers."""

    exit_status: int
    http_status: int
    smtp_code: int
    enhanced: str
    bland: str


class Outcome(Enum):
    """What became of a request."""

    DONE = Answer(exit_status=0, http_status=200, smtp_code=250, enhanced="2.0.0", bland="ok")
    USAGE = Answer(exit_status=64, http_status=400, smtp_code=501, enhanced="5.5.4", bland="not understood")
    BAD_INPUT = Answer(exit_status=65, http_status=422, smtp_code=554, enhanced="5.6.0", bland="content not acceptable")
    FAULT = Answer(exit_status=70, http_status=500, smtp_code=451, enhanced="4.3.0", bland="try again later")
    TRY_AGAIN = Answer(exit_status=75, http_status=503, smtp_code=451, enhanced="4.3.0", bland="try again later")
    FULL = Answer(
        exit_status=75, http_status=429, smtp_code=452, enhanced="4.3.1", bland="no room now, try again later"
    )
    BUSY = Answer(exit_status=75, http_status=503, smtp_code=421, enhanced="4.3.2", bland="not now, try again later")
    NO_MAILBOX = Answer(exit_status=65, http_status=404, smtp_code=550, enhanced="5.1.1", bland="no such mailbox here")
    TOO_LARGE = Answer(exit_status=65, http_status=413, smtp_code=552, enhanced="5.3.4", bland="message too large")
    TOO_MANY = Answer(exit_status=75, http_status=422, smtp_code=452, enhanced="4.5.3", bland="too many recipients")
    UNKNOWN = Answer(exit_status=65, http_status=404, smtp_code=550, enhanced="5.1.0", bland="no such thing here")
    CONFLICT = Answer(exit_status=65, http_status=409, smtp_code=554, enhanced="5.5.1", bland="not possible as it is")
    UNAUTHENTICATED = Answer(exit_status=77, http_status=401, smtp_code=535, enhanced="5.7.8", bland="who are you")
    FORBIDDEN = Answer(exit_status=77, http_status=403, smtp_code=550, enhanced="5.7.1", bland="not allowed")
    TOO_OFTEN = Answer(
        exit_status=75, http_status=429, smtp_code=421, enhanced="4.7.0", bland="too often, wait a while"
    )
    TOO_SLOW = Answer(exit_status=75, http_status=408, smtp_code=421, enhanced="4.4.2", bland="it took too long")
    NO_METHOD = Answer(exit_status=64, http_status=405, smtp_code=502, enhanced="5.5.1", bland="no such command")
    MEDIA = Answer(exit_status=65, http_status=415, smtp_code=554, enhanced="5.6.1", bland="not in this form")
    CONFIGURATION = Answer(exit_status=78, http_status=500, smtp_code=451, enhanced="4.3.5", bland="try again later")


class ComityError(Exception):
    """An error that knows whose fault it is, where it is, and what to do about it.

    ``code`` is stable; ``place`` is a file, with ``:line`` where there is one; ``remedy`` is a sentence. ``message`` and ``remedy``
    are English, for the library; people read the catalogue entries ``error.CODE`` and ``remedy.CODE`` with ``details`` in their
    holes, where these exist.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        outcome: Outcome,
        place: str | None = None,
        remedy: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.outcome, self.place, self.remedy = code, message, outcome, place, remedy
        self.details = dict(details or {})

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.message}" + (f" ({self.remedy})" if self.remedy else "")
