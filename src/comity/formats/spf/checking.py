"""Whether the owner of a domain lets an address send for it.

Trust:      records are strangers'; nothing is raised. The work a record can cause is bounded, whatever it says.
Standards:  RFC 7208: section 4 (check_host), 4.6.4 (ten terms that ask, two that find nothing), 5 (mechanisms), 6.1 (redirect).
Answers:    ``check(sent)`` and ``check_helo(sent)``: generators of questions that return ``SpfCheck``. Every result but ``pass``
            has a reason.
Limits:     ``LOOKUP_LIMIT`` terms that ask, ``VOID_LIMIT`` answers without anything in them, ten hosts of one MX or PTR: at most
            111 questions. ``exp=`` is not fetched.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from comity.formats import header_text, ip
from comity.formats.dns_answers import DnsAnswer, DnsQuestion, Kind, Steps
from comity.formats.spf.macros import expanded, needs_name, values
from comity.formats.spf.record import Mechanism, Record, is_record, read_record

LOOKUP_LIMIT: Final = 10
VOID_LIMIT: Final = 2
HOST_LIMIT: Final = 10
_LABEL: Final = 63
_LONGEST: Final = 253


class SpfResult(StrEnum):
    """In the words of RFC 7208 section 2.6."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105 - the word of the RFC
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How a mail was handed over; ``envelope_from`` is "" for the null one."""

    client_ip: str
    envelope_from: str
    helo: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfCheck:
    """What came of it: which identity was checked, for which domain."""

    result: SpfResult
    domain: str | None
    scope: str  # "mailfrom" or "helo"
    reason: str | None = None
    lookups: int = 0  # terms that asked


_QUALIFIED: Final = {
    "+": SpfResult.PASS, "-": SpfResult.FAIL, "~": SpfResult.SOFTFAIL, "?": SpfResult.NEUTRAL,
}  # fmt: skip


class _End(Exception):  # noqa: N818 - not an error: an answer from deep inside
    """The check is over, whatever stands around."""

    def __init__(self, result: SpfResult, reason: str) -> None:
        super().__init__(reason)
        self.result, self.reason = result, reason


@dataclass(slots=True)
class _Run:
    """One check on its way."""

    client: IPv4Address | IPv6Address
    mail_from: str
    helo: str
    lookups: int = 0
    voids: int = 0
    names: tuple[str, ...] | None = field(default=None)  # of the client, verified, once they were asked for

    def spend(self) -> None:
        """One more term that asks."""
        self.lookups += 1
        if self.lookups > LOOKUP_LIMIT:
            raise _End(SpfResult.PERMERROR, "lookup-limit")

    def ask(self, name: str, kind: Kind) -> Steps[DnsAnswer]:
        """Ask for a term; an answer with nothing in it is counted."""
        if not _is_name(name):
            answer = DnsAnswer(exists=False)
        else:
            answer = yield DnsQuestion(name, kind)
        if answer.failed:
            raise _End(SpfResult.TEMPERROR, "dns")
        if not answer.records:
            self.voids += 1
            if self.voids > VOID_LIMIT:
                raise _End(SpfResult.PERMERROR, "void-lookup-limit")
        return answer


def check(sent: Sent) -> Steps[SpfCheck]:
    """Check the envelope address, or what the client calls itself where there is none (RFC 7208 section 2.4)."""
    if not sent.envelope_from.strip("<>"):
        return check_helo(sent)
    local, _, domain = sent.envelope_from.strip("<>").rpartition("@")
    return _checked(sent, f"{local or 'postmaster'}@{domain}", domain, scope="mailfrom")


def check_helo(sent: Sent) -> Steps[SpfCheck]:
    """Check what the client calls itself (section 2.3)."""
    return _checked(sent, f"postmaster@{sent.helo}", sent.helo, scope="helo")


def _checked(sent: Sent, mail_from: str, domain: str, *, scope: str) -> Steps[SpfCheck]:
    name = header_text.domain(domain)
    if name is None or "." not in name or not _is_name(name):
        return SpfCheck(result=SpfResult.NONE, domain=None, scope=scope, reason="no-domain")
    client = ip.canonical(sent.client_ip)  # an IPv4 address in IPv6 clothes is an IPv4 address (section 5)
    if client is None:
        return SpfCheck(result=SpfResult.NONE, domain=name, scope=scope, reason="no-client")
    run = _Run(client=ip_address(client), mail_from=mail_from, helo=sent.helo)
    try:
        result, reason = yield from _host(run, name)
    except _End as end:
        result, reason = end.result, end.reason
    return SpfCheck(result=result, domain=name, scope=scope, reason=reason, lookups=run.lookups)


def _host(run: _Run, domain: str) -> Steps[tuple[SpfResult, str | None]]:
    """``check_host()`` of the RFC."""
    answer = (yield DnsQuestion(domain, Kind.TXT)) if _is_name(domain) else DnsAnswer(exists=False)
    if answer.failed:
        raise _End(SpfResult.TEMPERROR, "dns")
    found = [each for each in answer.records if is_record(each)]
    if not found:
        return SpfResult.NONE, "no-record"
    record = read_record(found[0]) if len(found) == 1 else None
    if record is None:
        raise _End(SpfResult.PERMERROR, "syntax" if len(found) == 1 else "several-records")
    for each in record.mechanisms:
        if (yield from _matches(run, each, domain)):
            result = _QUALIFIED[each.qualifier]
            return result, None if result is SpfResult.PASS else each.name
    return (yield from _redirected(run, record, domain))


def _redirected(run: _Run, record: Record, domain: str) -> Steps[tuple[SpfResult, str | None]]:
    if record.redirect is None:
        return SpfResult.NEUTRAL, "no-match"
    run.spend()
    result, reason = yield from _host(run, (yield from _expanded(run, record.redirect, domain)))
    if result is SpfResult.NONE:
        raise _End(SpfResult.PERMERROR, "redirect-without-record")
    return result, reason


def _matches(run: _Run, one: Mechanism, domain: str) -> Generator[DnsQuestion, DnsAnswer, bool]:
    if one.name == "all":
        return True
    if one.network is not None:
        return run.client in one.network
    run.spend()
    target = domain if one.domain is None else (yield from _expanded(run, one.domain, domain))
    if one.name == "include":
        result, _ = yield from _host(run, target)
        if result is SpfResult.NONE:
            raise _End(SpfResult.PERMERROR, "include-without-record")
        return result is SpfResult.PASS
    if one.name == "exists":
        return bool((yield from run.ask(target, Kind.A)).records)
    if one.name == "ptr":
        names = yield from _client_names(run)
        return any(name == target or name.endswith(f".{target}") for name in names)
    if one.name == "a":
        return (yield from _is_at(run, one, target))
    hosts = (yield from run.ask(target, Kind.MX)).records
    if len(hosts) > HOST_LIMIT:
        raise _End(SpfResult.PERMERROR, "mx-limit")
    for host in hosts:
        if (yield from _is_at(run, one, host)):
            return True
    return False


def _is_at(run: _Run, one: Mechanism, host: str) -> Generator[DnsQuestion, DnsAnswer, bool]:
    """Whether the client is one of a host's addresses, or near one."""
    kind, bits = (Kind.A, one.bits4) if run.client.version == 4 else (Kind.AAAA, one.bits6)
    answer = yield from run.ask(host, kind)
    return any(_near(run.client, each, bits) for each in answer.records)


def _near(client: IPv4Address | IPv6Address, address: str, bits: int) -> bool:
    try:
        return client in ip_network(f"{address}/{bits}", strict=False)
    except ValueError:
        return False


def _client_names(run: _Run) -> Generator[DnsQuestion, DnsAnswer, tuple[str, ...]]:
    """The names of the client that lead back to it (section 5.5); an error there is no error of the check."""
    if run.names is None:
        found = []
        answer = yield DnsQuestion(str(run.client), Kind.PTR)
        kind = Kind.A if run.client.version == 4 else Kind.AAAA
        for name in answer.records[:HOST_LIMIT]:
            if not _is_name(name):
                continue
            back = yield DnsQuestion(name, kind)
            if any(_near(run.client, each, run.client.max_prefixlen) for each in back.records):
                found.append(name)
        if not answer.records and not answer.failed:
            run.voids += 1
            if run.voids > VOID_LIMIT:
                raise _End(SpfResult.PERMERROR, "void-lookup-limit")
        run.names = tuple(found)
    return run.names


def _expanded(run: _Run, spec: str, domain: str) -> Generator[DnsQuestion, DnsAnswer, str]:
    letters = values(run.mail_from, domain, str(run.client), helo=run.helo)
    if needs_name(spec):
        names = yield from _client_names(run)
        ours = [each for each in names if each == domain], [each for each in names if each.endswith(f".{domain}")]
        letters["p"] = next(iter((*ours[0], *ours[1], *names)), "unknown")
    return expanded(spec, letters)


def _is_name(name: str) -> bool:
    """Whether the DNS can be asked for it at all."""
    return 0 < len(name) <= _LONGEST and all(0 < len(label) <= _LABEL for label in name.split("."))
