"""What joins settings, store and outlets to the services.

Answers:    ``settings_for(path, ...)`` gives the settings of this run; ``reader_for`` its reader of feedback,
            ``limits_of_readers`` what one item may cost where it is read; ``provider_of`` our own side as reports name it;
            ``missing`` the error where a setting for that is not there. What turns complaints into reports is joined in
            ``comity.bootstrap.straight_line``, the desk in ``comity.bootstrap.desk``, its first run in
            ``comity.bootstrap.first_run``, what leaves in ``comity.bootstrap.sending``.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, summarize_address_range
from pathlib import Path
from typing import TYPE_CHECKING

from comity.model.outcomes import ComityError, Outcome
from comity.settings import OwnSettings, Settings, read_settings

if TYPE_CHECKING:
    from comity.model.agreement import FeedbackProvider, Network
    from comity.model.feedback import Reading
    from comity.outlets.readers.pool import ReaderLimits


def settings_for(path: str | None, environment: Mapping[str, str], folder: Path) -> Settings:
    """The settings in ``path``, else in the file that COMITY_CONFIG names, else in ``folder/comity.toml``, else the defaults."""
    named = path or environment.get("COMITY_CONFIG")
    if named:
        return read_settings(Path(named))
    usual = folder / "comity.toml"
    return read_settings(usual) if usual.exists() else Settings()


def limits_of_readers(settings: Settings) -> "ReaderLimits":
    """What one item may cost a process that reads, or that looks at complaints."""
    from comity.outlets.readers.pool import ReaderLimits

    return ReaderLimits(seconds=settings.worker.seconds, memory=settings.worker.memory_mib << 20)


def reader_for(settings: Settings) -> "Callable[[bytes, str], Reading]":
    """The reader of feedback of this run: it knows our own hosts and what time it is."""
    from comity.formats.dialects.context import Context
    from comity.formats.reading import read

    context = Context(trusted_hosts=frozenset(settings.reading.trusted_hosts), now=datetime.now(UTC))
    return lambda data, name: read(data, context, name=name)


def provider_of(settings: Settings, path: Path) -> "FeedbackProvider":
    """Our own side as the reports name it."""
    identity = settings.identity
    place = settings.file or path
    if identity.domain is None or identity.address is None:
        raise missing("identity.domain" if identity.domain is None else "identity.address", place)
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


def missing(name: str, place: Path | None) -> ComityError:
    """What is said where reports are to go out and a setting is missing for it."""
    return ComityError(
        "identity-missing",
        f"to report to others, the setting {name} is needed",
        outcome=Outcome.CONFIGURATION,
        place=None if place is None else str(place),
        details={"name": name},
    )
