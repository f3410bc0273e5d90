"""What joins settings, store and outlets to the services.

Answers:    ``settings_for(path, ...)`` gives the settings of this run; ``straight_line(...)`` what turns complaints into reports.
            The desk is joined in ``comity.bootstrap.desk``, its first run in ``comity.bootstrap.first_run``, what leaves in
            ``comity.bootstrap.sending``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, summarize_address_range
from pathlib import Path
from typing import TYPE_CHECKING

from comity.model.outcomes import ComityError, Outcome
from comity.settings import OwnSettings, Settings, read_settings

if TYPE_CHECKING:
    from comity.model.agreement import Agreement, FeedbackProvider, Network
    from comity.model.feedback import Reading
    from comity.outlets.dns_keys import DnsKeys
    from comity.outlets.key_file import KeyFile
    from comity.services.complain.straight_line import Keys, StraightLine


def settings_for(path: str | None, environment: Mapping[str, str], folder: Path) -> Settings:
    """The settings in ``path``, else in the file that COMITY_CONFIG names, else in ``folder/comity.toml``, else the defaults."""
    named = path or environment.get("COMITY_CONFIG")
    if named:
        return read_settings(Path(named))
    usual = folder / "comity.toml"
    return read_settings(usual) if usual.exists() else Settings()


def reader_for(settings: Settings) -> "Callable[[bytes, str], Reading]":
    """The reader of feedback of this run: it knows our own hosts and what time it is."""
    from comity.formats.dialects.context import Context
    from comity.formats.reading import read

    context = Context(trusted_hosts=frozenset(settings.reading.trusted_hosts), now=datetime.now(UTC))
    return lambda data, name: read(data, context, name=name)


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
        raise _missing("complain.out", path)
    key_file = settings.complain.key_file or path.with_name("comity.key")
    return line_between(settings, agreements, path=path, key_file=key_file, keys=_keys(order)), out


def agreed(
    settings: Settings, named: Path | None = None, *, needed: bool = True
) -> "tuple[Path, tuple[Agreement, ...], Settings]":
    """The file of agreements, what stands in it, and the settings with the rooms that it holds.

    Where there is nobody to report to, that is an error unless it is not ``needed``.
    """
    path = named or settings.complain.agreements
    if path is None:
        from comity.bootstrap.consumers.enrolling import is_anybody_enrolled
        from comity.bootstrap.trust.agreements import paired

        is_enough = (
            not needed or settings.unsolicited.enabled or bool(paired(settings)) or is_anybody_enrolled(settings)
        )
        if settings.file is None or not is_enough:
            raise _missing("complain.agreements", settings.file)
        return settings.file, (), settings  # what was signed stands in the store
    from comity.settings.agreements import read_agreements

    file = read_agreements(path)
    return path, file.agreements, replace(settings, **file.rooms)


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
    from comity.bootstrap.milter import believed_keys
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


def provider_of(settings: Settings, path: Path) -> "FeedbackProvider":
    """Our own side as the reports name it."""
    identity = settings.identity
    place = settings.file or path
    if identity.domain is None or identity.address is None:
        raise _missing("identity.domain" if identity.domain is None else "identity.address", place)
    domain = identity.address.rpartition("@")[2]
    if domain != identity.domain and not domain.endswith(f".{identity.domain}"):
        details = {"address": identity.address, "domain": identity.domain}
        message = f"{identity.address} is not an address of {identity.domain}"
        raise ComityError(
            "identity-elsewhere", message, outcome=Outcome.CONFIGURATION, place=str(place), details=details
        )
    from comity.model.agreement import FeedbackProvider

    listed = tuple(_listed(settings.own))
    return FeedbackProvider(
        domain=identity.domain,
        address=identity.address,
        organisation=identity.organisation or identity.domain,
        reporting_mta=identity.reporting_mta or next(iter(settings.reading.trusted_hosts), identity.domain),
        own_domains=(*settings.own.domains, *(each for each in listed if isinstance(each, str))),
        own_networks=(*settings.own.networks, *(each for each in listed if not isinstance(each, str))),
        trusted_hosts=settings.reading.trusted_hosts,
        trusted_networks=settings.reading.trusted_networks,
        forwarders=settings.reading.forwarders,
        traps=settings.complain.traps,
    )


def _listed(own: OwnSettings) -> "Iterator[Network | str]":
    """The networks and domains out of the files that the settings name."""
    from comity.bootstrap.desk import holdings

    for holding in holdings(OwnSettings(files=own.files)):
        if holding.domain is not None:
            yield holding.domain
        else:
            make = IPv4Address if holding.version == 4 else IPv6Address
            yield from summarize_address_range(make(holding.first), make(holding.last))


def _missing(name: str, place: Path | None) -> ComityError:
    return ComityError(
        "identity-missing",
        f"to report to others, the setting {name} is needed",
        outcome=Outcome.CONFIGURATION,
        place=None if place is None else str(place),
        details={"name": name},
    )
