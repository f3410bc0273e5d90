"""The file of agreements with other networks.

Trust:      the operator's own file; a slip in it is answered with the line and the nearest right name.
Standards:  TOML 1.0.
Answers:    ``parse_agreements(text, path)`` and ``read_agreements(path)`` give ``AgreementsFile`` or raise ``ComityError``.
Limits:     the file may hold rooms of ``comity.toml`` beside its ``[[agreement]]`` tables, so that one file is enough.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from comity.formats import header_text
from comity.formats.domains import organisation_of
from comity.formats.toml_lines import Path as KeyPath
from comity.formats.toml_lines import key_lines
from comity.model.agreement import Agreement, BodyPolicy, Definition, ReportFormat
from comity.model.message import Message
from comity.model.tier import Tier
from comity.model.tlp import Tlp
from comity.settings.kinds import Choice, Domain, Mailbox, Many, Name, Network, Number, Prefix, Switch, about
from comity.settings.reader import Where, read_text, rooms_of, table_of, unfit, values_of, wrong

TABLE: Final = "agreement"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementEntry:
    """One network that we report to; a table of its own for each, in the file that `complain.agreements` names."""

    peer: str = field(metadata=about(Name(), "What we call it; also the name of its folder.", example='"east"'))
    address: str = field(
        metadata=about(Mailbox(), "Its feedback mailbox, as it proved to us.", example='"fbl@east.example"')
    )
    networks: tuple[Network, ...] = field(
        default=(), metadata=about(Many(Prefix()), "Its address ranges.", example='["198.51.100.0/24"]')
    )
    dkim_domains: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Domain()), "Domains that it signs with; those below them count too.", example='["east.example"]'
        ),
    )
    tier: str = field(
        default="T1",
        metadata=about(
            Choice(tuple(Tier)),
            "How much it sees: T0 counts only, T1 the campaign, T2 its own identifiers and a token, T3 the recipient.",
            example='"T2"',
        ),
    )
    body: str = field(
        default="never",
        metadata=about(
            Choice(tuple(BodyPolicy)),
            "Whether the text goes along: never, of bulk mail only, or always. Attachments and pictures never do.",
            example='"bulk"',
        ),
    )
    format: str = field(
        default="arf",
        metadata=about(
            Choice(tuple(ReportFormat)),
            "What it reads. XARF needs the port, which our milter notes, and T2; without them a report is ARF.",
            example='"xarf"',
        ),
    )
    definitions: tuple[str, ...] = field(
        default=("complaint",),
        metadata=about(
            Many(Choice(tuple(Definition))), "What counts as spam between us.", example='["complaint", "trap"]'
        ),
    )
    not_spam: bool = field(
        default=False, metadata=about(Switch(), "It wants to hear of mistakes of the filter too.", example="true")
    )
    replays: bool = field(
        default=False,
        metadata=about(
            Switch(),
            "It wants to hear of mail with its signature that somebody else sent again (DKIM replay); it is not blamed for it.",
            example="true",
        ),
    )
    version: int = field(
        default=1, metadata=about(Number(1, 10**6), "Counts up whenever the terms change.", example="2")
    )
    contacts: tuple[str, ...] = field(
        default=(), metadata=about(Many(Mailbox()), "Whom a person writes to.", example='["noc@east.example"]')
    )
    reports_from: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Mailbox()),
            "The mailboxes its reports and answers to us come from. Name them where its domain signs the mail of its users "
            "too: what another mailbox says is then a user's word, and not the peer's. Without any, each mail it signs counts.",
            example='["fbl@east.example"]',
        ),
    )
    languages: tuple[str, ...] = field(
        default=("en",),
        metadata=about(Many(Choice(("en", "zh"))), "What its people read, best first.", example='["zh", "en"]'),
    )
    tlp: str = field(
        default=Tlp.AMBER.value,
        metadata=about(Choice(tuple(Tlp)), "How far it may pass reports on.", example='"TLP:AMBER"'),
    )
    quota: int | None = field(
        default=None,
        metadata=about(
            Number(1, 10**7),
            "The most reports it gets a day; what is more waits for the next day. Without it `sending.per_day` holds.",
            example="5000",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementsFile:
    """The agreements, and the rooms of settings that stand in the same file."""

    agreements: tuple[Agreement, ...]
    rooms: Mapping[str, Any]


def read_agreements(path: Path) -> AgreementsFile:
    """Read one file of agreements."""
    return parse_agreements(read_text(path), path)


def parse_agreements(text: str, path: Path) -> AgreementsFile:
    """Read agreements out of a text that stands, or could stand, at ``path``.

    >>> text = '[[agreement]]\\npeer = "east"\\naddress = "fbl@east.example"\\ndkim_domains = ["east.example"]'
    >>> parse_agreements(text, Path("agreements.toml")).agreements[0].tier
    <Tier.T1: 'T1'>
    """
    table = table_of(text, path)
    where = Where(path, key_lines(text))
    entries = table.pop(TABLE, [])
    if not isinstance(entries, list):
        raise unfit((TABLE,), entries, Message("wants.agreements"), place=where.of((TABLE,)))
    rooms = rooms_of(table, where, (TABLE,))
    if not entries:
        raise wrong("agreements-none", str(path))
    agreements = tuple(_agreement((TABLE, number), entry, where) for number, entry in enumerate(entries))
    _once(agreements, where)
    return AgreementsFile(agreements=agreements, rooms=rooms)


def _agreement(key: KeyPath, entry: object, where: Where) -> Agreement:
    values = values_of(key, entry, AgreementEntry, where=where)
    for name in ("peer", "address"):
        if name not in values:
            raise wrong("agreement-incomplete", where.of(key), name=name)
    taken = AgreementEntry(**values)  # type: ignore[arg-type]  # each value came from the kind of its own field
    if not (taken.networks or taken.dkim_domains):
        raise wrong("agreement-incomplete", where.of(key), name="networks")
    address = header_text.address(taken.address)
    if address is None:
        raise wrong("agreement-address", where.of((*key, "address")), value=taken.address)
    for at, domain in enumerate(taken.dkim_domains):
        if organisation_of(domain) is None:
            raise wrong("agreement-domain", where.of((*key, "dkim_domains", at)), value=domain)
    return Agreement(
        peer=taken.peer,
        address=address,
        networks=taken.networks,
        dkim_domains=taken.dkim_domains,
        tier=Tier(taken.tier),
        body=BodyPolicy(taken.body),
        report_format=ReportFormat(taken.format),
        definitions=tuple(map(Definition, taken.definitions)),
        not_spam=taken.not_spam,
        replays=taken.replays,
        version=taken.version,
        contacts=taken.contacts,
        reports_from=tuple(each.lower() for each in taken.reports_from),
        languages=taken.languages,
        tlp=Tlp(taken.tlp),
        quota=taken.quota,
    )


def _once(agreements: tuple[Agreement, ...], where: Where) -> None:
    """Nobody may be meant by two agreements: which of them counts would be chance."""
    places: dict[str, str] = {}
    for name, key in _names(agreements):
        place = where.of(key)
        if name in places:
            raise wrong("agreement-twice", place, name=name, other=places[name])
        places[name] = place


def _names(agreements: tuple[Agreement, ...]) -> Iterator[tuple[str, KeyPath]]:
    for number, agreement in enumerate(agreements):
        yield agreement.peer, (TABLE, number, "peer")
        for at, network in enumerate(agreement.networks):
            yield str(network), (TABLE, number, "networks", at)
        for at, domain in enumerate(agreement.dkim_domains):
            yield f"@{domain}", (TABLE, number, "dkim_domains", at)
