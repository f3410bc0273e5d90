"""Passwords with which we log in elsewhere.

Answers:    ``password_of(file, variable)`` gives one, out of a file that only its owner can read, or out of the environment.
"""

import os
from pathlib import Path
from typing import Final

from comity.model.outcomes import ComityError, Outcome
from comity.outlets.secret_file import get

_PASSWORD_MAX: Final = 1024
_MESSAGES: Final = {
    "password-none": "there is no password here",
    "password-open": "others can read this password",
    "password-file": "the password cannot be read: ",
}


def password_of(file: Path | None, variable: str | None = None) -> str:
    """A password, out of the first line of a file or the environment."""
    if file is not None:
        try:
            text = get(file, _PASSWORD_MAX).decode("utf-8")
        except ComityError:
            raise _wrong("password-open", str(file)) from None
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
    message = f"{_MESSAGES[code]}{details.get('reason', '')}"
    return ComityError(code, message, outcome=Outcome.CONFIGURATION, place=place, details=details)
