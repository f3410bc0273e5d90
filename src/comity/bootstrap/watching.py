"""Join the mailboxes that are watched to what they need of the store and the settings.

Answers:    ``imap_place(entry)`` says how a folder is reached; ``password_of(...)`` gives a password out of a file that
            only its owner can read, or the environment; ``memory(settings)`` remembers what was taken.
"""

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from comity.bootstrap.serving import spool_path
from comity.model.outcomes import ComityError, Outcome
from comity.outlets.imap.place import ImapPlace
from comity.outlets.secret_file import get
from comity.settings import Settings
from comity.settings.watch import ImapEntry

if TYPE_CHECKING:
    from comity.store.spool.watched import Watched

_PASSWORD_MAX: Final = 1024


def memory(settings: Settings) -> "Watched":
    """What was taken out of the mailboxes; one for each watch, because each has a thread of its own."""
    from comity.store.spool.watched import Watched

    return Watched(spool_path(settings))


def imap_place(entry: ImapEntry) -> ImapPlace:
    """How one folder is reached."""
    if entry.password is not None:
        password = partial(str, entry.password)
    else:
        password = partial(password_of, entry.password_file, entry.password_variable)
    return ImapPlace(
        host=entry.host,
        port=entry.port or (993 if entry.tls == "wrapped" else 143),
        tls=entry.tls,
        account=entry.account,
        password=password,
        folder=entry.folder,
    )


def password_of(file: Path | None, variable: str | None) -> str:
    """A password, out of the first line of a file or the environment."""
    if file is not None:
        try:
            text = get(file, _PASSWORD_MAX).decode("utf-8")
        except OSError as error:
            raise _wrong("password-file", str(file), reason=error.strerror or str(error)) from None
        except UnicodeDecodeError:
            raise _wrong("password-file", str(file), reason="this is no text in UTF-8") from None
        found, place = text.partition("\n")[0].rstrip("\r"), str(file)
    else:
        found, place = os.environ.get(variable or "", ""), variable or ""
    if not found or "\0" in found:
        raise _wrong("password-none", place)
    return found


def _wrong(code: str, place: str, **details: object) -> ComityError:
    message = "there is no password here" if code == "password-none" else f"the password cannot be read: {details}"
    return ComityError(code, message, outcome=Outcome.CONFIGURATION, place=place, details=details)
