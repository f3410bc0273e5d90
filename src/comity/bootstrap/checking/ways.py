"""Look at the ways on which mail comes and goes: milter, complaints, watched mailboxes, mail host, the server behind us.

Trust:      whoever answers at a port may be anybody: little is read of it, for a few seconds.
Answers:    ``milter``, ``complaints``, ``answers``, ``watches``, ``mail_host`` and ``next_server``: one ``Check`` or more for each
            of them, as ``comity.bootstrap.checking`` calls them.
Limits:     conversations are begun and broken off: no mail is handed over, fetched or marked. A log-in is tried for real.
"""

import asyncio
import os
import smtplib
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Final

from comity.bootstrap.checking.check import Check, failed, odd, refusal, right, wrong
from comity.bootstrap.complaining import people_of
from comity.bootstrap.desk import persistence_of
from comity.bootstrap.gates import mailboxes_of, spool_path
from comity.bootstrap.gates.milter import delivery_key_path, delivery_keys, mailbox_domains
from comity.bootstrap.gates.watching import bus_place, imap_place, memory
from comity.bootstrap.sending import host_terms, sends
from comity.bootstrap.straight_line import agreed
from comity.formats.delivery_memory import DeliveryKeys, Facts, anchor_of, mark, recall
from comity.formats.mime import scan
from comity.model.listener import Listener
from comity.model.mailbox_kind import MailboxKind
from comity.model.outcomes import ComityError
from comity.outlets.bus import BusPlace, bus_at, within
from comity.outlets.imap.client import ImapNo
from comity.outlets.imap.place import ImapPlace, away, logged_in
from comity.outlets.imap.wire import WireError
from comity.outlets.mail_out import MailHost
from comity.settings import Settings
from comity.settings.bus import BusEntry
from comity.settings.watch import ImapEntry, MaildirEntry

SECONDS: Final = 2.0
_LONGER: Final = 10.0  # for those that are elsewhere
# "We speak version 6, and can do everything": what a mail host says first.
_NEGOTIATE: Final = struct.pack(">IcIII", 13, b"O", 6, 0x1FF, 0x1FFFFF)
_SAMPLE: Final = (
    (b"received", b" from h.example (h.example [198.51.100.7]) by mx.west.example with ESMTP id 4A; 1 Mar 2026 08:05:09 +0000"),
    (b"from", b" a@shop.example"),
    (b"message-id", b" <1@shop.example>"),
)  # fmt: skip


def milter(settings: Settings, now: datetime) -> Iterator[Check]:
    """Who answers where our mail host asks us to mark mail, and whether we can."""
    if not settings.gates.milter:
        return
    if not mailbox_domains(settings):
        yield wrong("milter", "milter-domains-none")
    for each in settings.gates.milter:
        answer = _said(each, _NEGOTIATE)
        if answer is None:
            yield odd("milter", "milter-silent", place=str(each))
        elif len(answer) >= 5 and answer[4:5] == b"O":
            yield right("milter", "milter", place=str(each))
        else:
            yield wrong("milter", "milter-other", place=str(each))
    keys, file = delivery_keys(settings), delivery_key_path(settings)
    if keys is None:
        yield odd("milter", "milter-key-none", file=file)
    elif not _can_mark(keys, now):
        yield wrong("milter", "milter-key-useless", file=file)
    else:
        yield right("milter", "milter-key", file=file)


def complaints(settings: Settings, _: datetime) -> Iterator[Check]:
    """Whether our own people can complain at the mailboxes that are named, and what their complaints are checked by."""
    kinds = mailboxes_of(settings)
    named = [each for each, kind in kinds.kinds.items() if kind.is_complaint]
    if not named:
        return
    agreed(settings)
    people_of(settings)
    watched = {each.mailbox.lower() for each in settings.watch.maildir}
    watched |= {each.mailbox.lower() for each in settings.watch.imap}
    watched |= {each.mailbox.lower() for each in settings.watch.bus}
    for each in named:
        if not settings.gates.lmtp and each not in watched:
            yield wrong("complaints", "complaints-no-gate", mailbox=each)
    for listener in settings.gates.lmtp:
        yield from _takes(listener, named)
    if not (settings.gates.milter or settings.delivery.lmtp):
        yield odd("complaints", "complaints-unmarked")


def _takes(listener: Listener, mailboxes: list[str]) -> Iterator[Check]:
    """Ask an LMTP listener for each mailbox; who is not there was said before."""
    try:
        with smtplib.LMTP(listener.path or listener.host, listener.port, timeout=SECONDS) as gate:
            gate.ehlo_or_helo_if_needed()
            refused = []
            for each in mailboxes:
                gate.mail("")
                if gate.rcpt(each)[0] != 250:
                    refused.append(each)
                gate.rset()
    except (ConnectionRefusedError, FileNotFoundError):
        return
    except (OSError, smtplib.SMTPException):
        yield wrong("complaints", "gate-other", protocol="lmtp", place=str(listener))
        return
    for each in refused:
        yield wrong("complaints", "complaints-refused", mailbox=each, place=str(listener))
    if not refused:
        yield right("complaints", "complaints", n=len(mailboxes), place=str(listener))


def answers(settings: Settings, _: datetime) -> Iterator[Check]:
    """Whether what comes back comes in: answers to what we write, and what could not be delivered."""
    kinds, persistence = mailboxes_of(settings), persistence_of(settings)
    if not sends(settings) or not kinds.kinds or persistence is None:
        return  # nothing leaves, or it was said already that nothing comes in
    wanted = {"answers-nowhere": settings.identity.address, "bounces-nowhere": persistence.bounce_address}
    lost = {name: each for name, each in wanted.items() if each and kinds.kind_of(each) is not MailboxKind.FEEDBACK}
    for name, mailbox in lost.items():
        yield odd("answers", name, mailbox=mailbox)
    if not lost:
        yield right("answers", "answers", mailbox=settings.identity.address)


def watches(settings: Settings, _: datetime) -> Iterator[Check]:
    """Whether the mailboxes that are watched can be used, and what waits in them."""
    for box in settings.watch.maildir:
        yield _maildir(settings, box)
    for folder in settings.watch.imap:
        yield _folder(folder)
    for each in settings.watch.bus:
        yield _bus(each)


def _maildir(settings: Settings, box: MaildirEntry) -> Check:
    parts = [box.path / "new", box.path / "cur"]
    if not all(each.is_dir() for each in parts):
        return wrong("watch", "watch-maildir-none", folder=box.path)
    needs = os.R_OK | os.X_OK | (0 if box.after == "leave" else os.W_OK)
    if not all(os.access(each, needs) for each in parts):
        return wrong("watch", "watch-maildir-closed", folder=box.path)
    taken = set[str]()
    if spool_path(settings).exists():
        remembered = memory(settings)
        taken = remembered.places(str(box.path))
        remembered.close()
    there = {_base(each.name) for part in parts for each in part.iterdir() if not each.name.startswith(".")}
    return right("watch", "watch-maildir", folder=box.path, n=len(there - taken))


def _base(name: str) -> str:
    return os.fsencode(name.partition(":")[0]).decode("utf-8", "backslashreplace")


def _folder(entry: ImapEntry) -> Check:
    place = imap_place(entry)
    try:
        asyncio.run(_visit(place, read_only=entry.after == "leave"))
    except ComityError as error:
        return failed("watch", error)
    return right("watch", "watch-imap", place=str(place))


async def _visit(place: ImapPlace, *, read_only: bool) -> None:
    try:
        async with asyncio.timeout(_LONGER):
            client = await logged_in(place)
            try:
                await client.select(place.folder, read_only=read_only)
            finally:
                await client.log_out()
    except (ImapNo, WireError, TimeoutError) as error:
        raise away(place, error) from error


def _bus(entry: BusEntry) -> Check:
    place = bus_place(entry)
    try:
        asyncio.run(_reach(place))
    except ComityError as error:
        return failed("watch", error)
    return right("watch", "watch-bus", place=str(place))


async def _reach(place: BusPlace) -> None:
    bus = bus_at(place)
    async with within(place):
        try:
            async with asyncio.timeout(_LONGER):
                await bus.begin(None)
                await bus.look()
        finally:
            await bus.end()


def mail_host(settings: Settings, _: datetime) -> Iterator[Check]:
    """Whether the mail host takes us, with a login where there is one."""
    account = settings.sending.account
    if account is None and not sends(settings):
        return
    terms = replace(host_terms(settings), timeout=SECONDS if account is None else _LONGER)
    place, host = f"{terms.host}:{terms.port}", MailHost(terms)
    try:
        host.greet()
    except ComityError as error:
        yield failed("mail-host", error)
    except smtplib.SMTPAuthenticationError as error:
        yield wrong("mail-host", "mail-host-refused", place=place, account=account, reason=str(error.smtp_code))
    except (OSError, smtplib.SMTPException) as error:
        make = odd if account is None else wrong
        yield make("mail-host", "mail-host-away", place=place, reason=refusal(error))
    else:
        yield right("mail-host", "mail-host" if account is None else "mail-host-login", place=place, account=account)
    finally:
        host.close()


def next_server(settings: Settings, _: datetime) -> Iterator[Check]:
    """Whether mail is marked on its way to the store behind us: who answers here, and whether that store does."""
    delivery = settings.delivery
    for each in delivery.lmtp:
        if not (each.path or each.port):
            continue
        said = _said(each, b"")
        if said is None:
            yield odd("delivery", "gate-silent", protocol="lmtp", place=str(each))
        elif b"Comity" in said:
            yield right("delivery", "gate", protocol="lmtp", place=str(each))
        elif said[:1] not in (b"4", b"5"):  # what the server behind us says is looked at below
            yield wrong("delivery", "gate-other", protocol="lmtp", place=str(each))
    if not delivery.lmtp or delivery.next is None:
        return
    place = delivery.next
    try:
        with smtplib.LMTP(place.path or place.host, place.port, timeout=_LONGER) as host:
            code, _text = host.ehlo(settings.identity.domain or "localhost")
    except (OSError, smtplib.SMTPException) as error:
        yield wrong("delivery", "next-away", place=str(place), reason=refusal(error))
    else:
        yield (
            right("delivery", "next", place=str(place))
            if code == 250
            else wrong("delivery", "next-away", place=str(place), reason=str(code))
        )


def _said(listener: Listener, said: bytes) -> bytes | None:
    """What whoever listens there answers; None where nobody does."""
    family = socket.AF_UNIX if listener.path else socket.AF_INET6 if ":" in listener.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(SECONDS)
        try:
            probe.connect(listener.path or (listener.host, listener.port))
        except (ConnectionRefusedError, FileNotFoundError):
            return None
        except OSError:
            return b""
        with suppress(OSError):
            probe.sendall(said)
            return probe.recv(64)
        return b""


def _can_mark(keys: DeliveryKeys, now: datetime) -> bool:
    """Whether a mark of these keys is believed by them."""
    facts = Facts(delivered=now, client_ip="198.51.100.7", queue_id="4A", mailboxes=["ann@west.example"])
    value = mark(facts, anchor_of(_SAMPLE[1:]), keys)
    if value is None:
        return False
    head = b"".join(b"%b:%b\n" % each for each in _SAMPLE[1:])
    line = b"%b:%b\n" % _SAMPLE[0]
    return recall(scan(line + b"Comity-Delivery: %b\n" % value.encode() + head + b"\n"), keys) is not None
