"""Join what says whose a mail of our own was: traces and mail logs.

Answers:    ``trace_keys(settings)`` the keys that open traces, None where nobody ever sealed one; ``tracer(settings)`` seals;
            ``mail_log_key(settings)``; ``own_words`` both, as they are at each moment; ``import_mail_logs``.
Limits:     keys that are changed to what cannot be read while the program runs leave those that it had.
"""

import secrets
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from comity.bootstrap.desk import beside, desk_store
from comity.formats import trace
from comity.model.outcomes import ComityError
from comity.outlets.files.stamp import stamp
from comity.services.receive.subscribers.whose import OwnWords
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.services.receive.subscribers.mail_logs import LogRead

TRACE_KEYS = "trace.keys"
MAIL_LOG_KEY = "maillog.key"


def trace_keys(settings: Settings, *, make: bool = False) -> trace.TraceKeys | None:
    """The keys that are there; the first one is made where ``make`` says so."""
    from comity.outlets.key_ring import keys_at, read_keys

    path = beside(settings, settings.sources.trace_keys, TRACE_KEYS)
    found = keys_at(path) if make else read_keys(path)
    return None if found is None else trace.TraceKeys(secrets=found.secrets)


def tracer(settings: Settings) -> Callable[[str], str | None]:
    """What seals the trace of a subject; None for one that has no place in it."""
    keys = trace_keys(settings, make=True)

    def sealed(subject: str) -> str | None:
        if keys is None or not 0 < len(subject.encode("utf-8", "surrogatepass")) <= trace.SUBJECT_LIMIT:
            return None
        try:
            return trace.make(subject, datetime.now(UTC), keys, salt=secrets.token_bytes(trace.SALT_BYTES))
        except UnicodeEncodeError:  # a login that is no text
            return None

    return sealed


def mail_log_key(settings: Settings, *, make: bool = False) -> bytes | None:
    """The key of mail logs; None where none was ever taken in."""
    from comity.outlets.secret_file import secret

    path = beside(settings, settings.sources.mail_log_key, MAIL_LOG_KEY)
    return secret(path) if make or path.exists() else None


def own_words(settings: Settings) -> Callable[[], OwnWords]:
    """What opens our own words about a mail: asked while the program runs, as the first trace and the first log make a key."""
    sources = settings.sources
    paths = (beside(settings, sources.trace_keys, TRACE_KEYS), beside(settings, sources.mail_log_key, MAIL_LOG_KEY))

    def read() -> OwnWords:
        return OwnWords(traces=trace_keys(settings), mail_logs=mail_log_key(settings))

    seen, held = tuple(map(stamp, paths)), read()

    def now() -> OwnWords:
        nonlocal seen, held
        if (there := tuple(map(stamp, paths))) != seen:
            with suppress(ComityError, OSError):
                held = read()
                seen = there  # only now: rights that are put right change neither time nor size
        return held

    return now


def import_mail_logs(
    settings: Settings, files: Sequence[Path], zone: tzinfo, *, told: Callable[[int], None]
) -> "tuple[LogRead, ...]":
    """Take these logs in."""
    from comity.outlets.files.growing import GrowingFile
    from comity.services.receive.subscribers.mail_logs import MailLogs

    key = mail_log_key(settings, make=True) or b""
    with closing(desk_store(settings)) as store:
        logs = MailLogs(store.write, key, zone, told=told)
        return logs.take([GrowingFile(path) for path in files], datetime.now(UTC))
