"""Join what turns complaints into reports for the peers that we have agreements with.

Answers:    ``straight_line(settings, order)`` for a run without a store; ``agreed(settings)`` the agreements and the settings
            they stand in; ``line_between`` for those who have them.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from comity.bootstrap import missing, provider_of
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.model.agreement import Agreement
    from comity.outlets.dns_keys import DnsKeys
    from comity.outlets.key_file import KeyFile
    from comity.services.complain.straight_line import Keys, StraightLine


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplainOrder:
    """What one run of ``comity complain`` asks for; None where the settings are to say it."""

    agreements: Path | None = None
    out: Path | None = None
    key_records: Path | None = None  # DKIM keys that were seen at delivery
    dns: bool = False


def straight_line(settings: Settings, order: ComplainOrder) -> tuple["StraightLine", Path]:
    """The straight line of this run without a store, and the folder for its reports."""
    path, agreements, settings = agreed(settings, order.agreements)
    out = order.out or settings.complain.out
    if out is None:
        raise missing("complain.out", path)
    key_file = settings.complain.key_file or path.with_name("comity.key")
    return line_between(settings, agreements, path=path, key_file=key_file, keys=_keys(order)), out


def agreed(
    settings: Settings, named: Path | None = None, *, needed: bool = True
) -> "tuple[Path, tuple[Agreement, ...], Settings]":
    """The file of agreements, what stands in it, and the settings with the rooms that it holds.

    Where there is nobody to report to, that is an error unless it is not ``needed``, or our own people may complain: whom to
    tell can stand in the mail itself (CFBL-Address), and what tells nobody is counted.
    """
    path = named or settings.complain.agreements
    if path is None:
        from comity.bootstrap.gates import takes_complaints

        is_enough = not needed or settings.unsolicited.enabled or takes_complaints(settings) or has_partners(settings)
        if settings.file is None or not is_enough:
            raise missing("complain.agreements", settings.file)
        return settings.file, (), settings  # what was signed stands in the store
    from comity.settings.agreements import read_agreements

    file = read_agreements(path)
    return path, file.agreements, replace(settings, **file.rooms)


def has_partners(settings: Settings) -> bool:
    """Whether there is an agreement with anybody, signed by whichever side or both."""
    from comity.bootstrap.consumers.enrolling import is_anybody_enrolled
    from comity.bootstrap.trust.agreements import paired

    return settings.complain.agreements is not None or bool(paired(settings)) or is_anybody_enrolled(settings)


def line_between(
    settings: Settings,
    agreements: "tuple[Agreement, ...]",
    *,
    path: Path,
    key_file: Path,
    keys: "Keys | None",
) -> "StraightLine":
    """What turns complaints into reports for these peers."""
    from comity.attribution.origin import Vantage
    from comity.bootstrap.gates.milter import believed_keys
    from comity.feedback.parties import Parties
    from comity.locale import catalogue
    from comity.outlets.secret_file import secret
    from comity.services.complain.straight_line import StraightLine, Terms

    provider = provider_of(settings, path)
    reading, complain = settings.reading, settings.complain
    terms = Terms(
        provider=provider,
        parties=Parties(agreements),
        vantage=Vantage(
            trusted_hosts=frozenset(reading.trusted_hosts),
            trusted_networks=reading.trusted_networks,
            forwarders=reading.forwarders,
            own_domains=frozenset((provider.domain, *provider.own_domains)),
            memory_keys=believed_keys(settings),
        ),
        key=secret(key_file),
        epoch=complain.epoch,
        max_age=None if complain.max_age_days is None else timedelta(days=complain.max_age_days),
        unsolicited=settings.unsolicited.enabled,
    )
    words = {"en": catalogue("en"), "zh": catalogue("zh")}
    if settings.identity.language == "zh":
        words = {"zh": words["zh"], "en": words["en"]}
    return StraightLine(terms, words=words, keys=keys)


def _keys(order: ComplainOrder) -> "KeyFile | DnsKeys | None":
    if order.key_records is not None:
        from comity.outlets.key_file import KeyFile

        return KeyFile.read(order.key_records)
    if order.dns:
        from comity.outlets.dns_keys import DnsKeys

        return DnsKeys()
    return None
