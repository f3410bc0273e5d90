"""What a playbook does outside: the tables of whoever is suppressed, throttled or held, and the programs that are told.

Trust:      the secrets lie in files that only their owner can read.
Answers:    ``ConsequenceFiles(folder, own, ...)`` writes the tables; ``Programs(settings)`` tells programs of the settings,
            ``GardenGate(settings)`` the one that confines lines.
Limits:     a table that did not change is left as it is, so that Postfix reads nothing anew.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache, partial
from ipaddress import IPv4Address, IPv6Address, summarize_address_range
from pathlib import Path
from typing import Any

from comity.bootstrap.desk import LEDGER_KEY, beside
from comity.bootstrap.passwords import password_of
from comity.formats.consequence_tables import files_of
from comity.formats.webhook import FORM_LIMIT, SigningKey, body_of, signed
from comity.model.case_consequence import CaseConsequence
from comity.model.holding import Holding
from comity.model.outcomes import ComityError, Outcome
from comity.outlets.bus import BusPlace
from comity.outlets.bus.publishing import BusOut
from comity.outlets.files.replacing import replaced
from comity.outlets.private_key import read_ed25519
from comity.outlets.programs.command import CommandOut, Ran
from comity.outlets.programs.posting import Place
from comity.outlets.programs.webhooks import Answered, WebhookOut
from comity.outlets.secret_file import authorization_in, secret
from comity.services.public.pages.webhooks import id_of
from comity.services.receive.playbook.gardening import Step
from comity.settings import Settings
from comity.settings.bus import BusAddress, bus_address
from comity.settings.playbook.room import WebhookEntry


class ConsequenceFiles:
    """One folder of tables."""

    def __init__(self, folder: Path, own: Iterable[Holding], *, throttle_with: str) -> None:
        self._folder, self._throttle_with = folder, throttle_with
        self._holdings: dict[str, list[str]] = {}
        for each in own:
            if each.customer:
                self._holdings.setdefault(each.customer, []).extend(_names(each))

    def write(self, held: Sequence[CaseConsequence]) -> None:
        """Write all of them."""
        for name, data in files_of(held, self._holdings, throttle_with=self._throttle_with).items():
            path = self._folder / name
            if path.exists() and path.read_bytes() == data:
                continue
            with replaced(path) as file:
                os.fchmod(file.fileno(), 0o640)
                file.write(data)


class GardenGate:
    """The operator's own way into the garden: a command, or one of the webhooks."""

    def __init__(self, settings: Settings) -> None:
        self._programs, self._webhook = Programs(settings), settings.playbook.garden_webhook
        self._command = CommandOut(settings.playbook.garden_command)

    def do(self, step: Step, what: CaseConsequence, facts: Mapping[str, Any], *, now: datetime) -> Answered | Ran:
        """Do one step."""
        told = {**facts, "event": f"garden-{step.value}"}
        if self._webhook is None:
            return self._command.run(step.value, told)
        return self._programs.tell(replace(what, target=self._webhook, key=f"{what.key}-{step.value}"), told, now)


def _names(holding: Holding) -> Iterable[str]:
    """A domain, or a range as the networks that it is made of."""
    if holding.domain is not None:
        return [holding.domain]
    make = IPv4Address if holding.version == 4 else IPv6Address
    return map(str, summarize_address_range(make(holding.first), make(holding.last)))


def _bus_place(entry: WebhookEntry, bus: BusAddress) -> BusPlace:
    """Where on a bus a program is told things."""
    return BusPlace(
        sort=bus.sort,
        hosts=bus.hosts,
        tls=bus.tls,
        within=bus.within,
        topic=entry.topic or "",
        account=entry.account,
        password=None if entry.account is None else partial(password_of, entry.password_file),
        certificate=entry.certificate,
    )


class Programs:
    """Programs that may be told."""

    def __init__(self, settings: Settings, out: WebhookOut | None = None) -> None:
        self._settings, self._out = settings, out or WebhookOut()
        self._entries = {each.name: each for each in settings.playbook.webhooks}
        self._key = cache(self._key_of)
        self._form = cache(self._form_of)

    def tell(self, what: CaseConsequence, facts: Mapping[str, Any], now: datetime) -> Answered:
        """Tell one of them something, once."""
        entry = self._entries.get(what.target)
        if entry is None:
            return Answered(status=0, text="no such webhook in the settings")
        try:
            body = body_of(facts, self._form(entry))
            fields = signed(id_of(what.key), body, self._key(entry), now=now)
            authorization = authorization_in(entry.authorization_file)
        except (ComityError, OSError) as error:
            # A file of one program keeps neither the others nor our mail from going on.
            return Answered(status=0, text=f"our own file: {error}")
        bus = bus_address(entry.url)
        if bus is not None:
            return BusOut().post(_bus_place(entry, bus), body, fields)
        place = Place(
            url=entry.url,
            authorization=authorization,
            certificate=entry.certificate,
            may_be_private=entry.private,
        )
        return self._out.post(place, body, fields)

    def check(self, name: str) -> None:
        """Raise what is wrong with the files of one of them; nothing is made and nobody is called."""
        entry = self._entries[name]
        if entry.secret_file is None or entry.secret_file.exists():
            self._key_of(entry)
        self._form_of(entry)
        authorization_in(entry.authorization_file)
        if entry.certificate is not None:
            entry.certificate.open("rb").close()

    def _key_of(self, entry: WebhookEntry) -> SigningKey:
        if entry.secret_file is not None:
            return secret(entry.secret_file)
        return read_ed25519(beside(self._settings, self._settings.identity.ledger_key, LEDGER_KEY))

    def _form_of(self, entry: WebhookEntry) -> object:
        if entry.body is None:
            return None
        with entry.body.open("rb") as file:
            data = file.read(FORM_LIMIT)
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as error:
            raise ComityError(
                "webhook-form",
                "this is no JSON",
                outcome=Outcome.CONFIGURATION,
                place=str(entry.body),
                details={"reason": str(error)},
            ) from None
