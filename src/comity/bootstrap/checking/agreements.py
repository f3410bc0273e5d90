"""Look at what was signed with peers: what ends soon, whom an answer is owed, how many people it was about.

Answers:    ``look(settings, now)`` gives a ``Check`` for each thing that is near, and the counter of people of each peer.
Limits:     see ``comity.accord.agreement.watching``. Certificates of peers are theirs; ours is looked at.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from comity.accord.agreement.terms import SUBJECT_WINDOW
from comity.accord.agreement.watching import soon
from comity.bootstrap.checking.check import Check, Condition
from comity.bootstrap.desk import beside, desk_store
from comity.bootstrap.trust.exchange import CERTIFICATE
from comity.settings import Settings

_CERTIFICATE_DAYS: Final = timedelta(days=21)


def look(settings: Settings, now: datetime) -> Iterator[Check]:
    """Agreements, and the certificate of the exchange."""
    ours = settings.identity.domain
    if ours is not None:
        with desk_store(settings).read() as records:
            for peer, papers in records.agreements.all().items():
                known = records.agreements.subjects(peer, now - SUBJECT_WINDOW)
                for each in soon(papers, ours, now, subjects=known):
                    details = {
                        "peer": peer,
                        "version": each.version,
                        "day": each.day and f"{each.day:%Y-%m-%d}",
                        "n": each.count or 0,
                        "most": each.most,
                    }
                    is_right = each.code == "subjects"
                    yield Check(
                        about="agreement",
                        condition=Condition.RIGHT if is_right else Condition.ODD,
                        finding=f"agreement-{each.code}",
                        details=details,
                    )
    if settings.exchange.listen:
        yield from _certificate(settings, now)


def _certificate(settings: Settings, now: datetime) -> Iterator[Check]:
    from cryptography import x509

    path = beside(settings, settings.exchange.certificate, CERTIFICATE)
    if not path.exists():
        return  # it is made when the program starts
    try:
        ends = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc.astimezone(UTC)
    except ValueError:
        yield Check(
            about="exchange", condition=Condition.WRONG, finding="certificate-unreadable", details={"file": path}
        )
        return
    condition, finding = Condition.RIGHT, "certificate"
    if ends <= now:
        condition, finding = Condition.WRONG, "certificate-over"
    elif ends - now <= _CERTIFICATE_DAYS:
        condition, finding = Condition.ODD, "certificate-soon"
    details = {"file": path, "day": f"{ends:%Y-%m-%d}"}
    yield Check(about="exchange", condition=condition, finding=finding, details=details)
