"""Look at every TLS certificate that the settings name: ours, and those that we trust elsewhere.

Answers:    ``certificates(settings, now)`` gives one ``Check`` for each file.
Limits:     of a file with several the first that ends counts. Who signed it is for those to judge who meet it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509

from comity.bootstrap.checking.check import Check, odd, right, wrong
from comity.bootstrap.desk import beside
from comity.bootstrap.trust.exchange import CERTIFICATE
from comity.settings import Settings

_SOON: Final = timedelta(days=21)  # those that live for 90 days are renewed after 60
_LIMIT: Final = 4 << 20


def certificates(settings: Settings, now: datetime) -> Iterator[Check]:
    """Whether they hold today, and for how long."""
    for file in dict.fromkeys(_files(settings)):
        yield _check(file, now)


def _files(settings: Settings) -> Iterator[Path]:
    exchange = settings.exchange
    if exchange.listen:
        own = beside(settings, exchange.certificate, CERTIFICATE)
        if exchange.certificate is not None or own.exists():  # the first start makes it
            yield own
    named = (
        settings.pages.certificate if settings.pages.listen else None,
        settings.portal.certificate if settings.portal.listen else None,
        settings.help.certificate if settings.help.listen else None,
        settings.api.certificate if settings.api.listen else None,
        settings.data.lease_certificate,
        *(None if each.trusted is None else Path(each.trusted) for each in exchange.peers),
        *(each.certificate for each in settings.watch.bus),
    )
    yield from (each for each in named if each is not None)


def _check(file: Path, now: datetime) -> Check:
    with file.open("rb") as opened:
        data = opened.read(_LIMIT)
    try:
        found = x509.load_pem_x509_certificates(data)
    except ValueError:
        return wrong("certificates", "certificate-unreadable", file=file)
    ends = min(each.not_valid_after_utc for each in found)
    begins = max(each.not_valid_before_utc for each in found)
    if ends <= now:
        return wrong("certificates", "certificate-over", file=file, day=ends.date())
    if begins > now:
        return wrong("certificates", "certificate-early", file=file, day=begins.date())
    if ends - now < _SOON:
        return odd("certificates", "certificate-soon", file=file, day=ends.date())
    return right("certificates", "certificate", file=file, day=ends.date())
