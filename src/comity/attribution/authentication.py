"""Who a mail comes from, as far as protocols can prove it: SPF, DKIM, ARC and DMARC of one mail at delivery.

Trust:      message and DNS are strangers'; nothing is raised. What comes out is proved by us: each result says how far.
Standards:  RFC 7208, RFC 6376, RFC 8617, RFC 7489; RFC 8601 for the words.
Answers:    ``authenticate(message, sent)``: a generator of questions that returns ``Authentication``; its ``results`` are
            what an Authentication-Results says, its ``facts`` what the filter learns from.
Limits:     at most 111 questions for SPF, 10 keys for DKIM, 51 for ARC, 2 for DMARC; whoever drives it sets caps and deadline.
            A chain of ARC is checked, and believed by nobody: who may vouch for whom is not said here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from comity.formats import arc, dkim, dmarc, header_text, spf
from comity.formats.arc import ArcCheck, ArcResult
from comity.formats.authres import MethodResult
from comity.formats.dkim import SignatureCheck
from comity.formats.dmarc import DmarcCheck
from comity.formats.dns_answers import DnsQuestion, Kind, Steps
from comity.formats.mime import Part, addresses, domain_of
from comity.formats.spf import Sent, SpfCheck, SpfResult

_FROM_FIELDS: Final = 10
_SIGNATURES: Final = 5  # of which an Authentication-Results speaks


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """All that was proved, or not."""

    spf: SpfCheck | None
    dkim: tuple[SignatureCheck, ...]
    dmarc: DmarcCheck
    arc: ArcCheck
    envelope_from: str = ""
    helo: str = ""

    @property
    def results(self) -> tuple[MethodResult, ...]:
        """In the words of RFC 8601."""
        found: list[MethodResult] = []
        if self.spf is not None:
            name, said = ("smtp.helo", self.helo) if self.spf.scope == "helo" else ("smtp.mailfrom", self.envelope_from)
            found.append(
                MethodResult(method="spf", result=self.spf.result, reason=self.spf.reason, properties={name: said})
            )
        found += [_of_signature(each) for each in self.dkim[:_SIGNATURES]]
        if not self.dkim:
            found.append(MethodResult(method="dkim", result="none"))
        policy = self.dmarc.policy
        found.append(
            MethodResult(
                method="dmarc",
                result=self.dmarc.result,
                comment=f"p={policy}" if policy is not None else None,
                properties={"header.from": self.dmarc.domain} if self.dmarc.domain else {},
            )
        )
        if self.arc.result is not ArcResult.NONE:
            found.append(MethodResult(method="arc", result=self.arc.result, reason=self.arc.reason))
        return tuple(found)


def authenticate(message: Part, sent: Sent | None) -> Steps[Authentication]:
    """Check one mail; ``sent`` is None where nobody knows how it was handed over."""
    checked = (yield from spf.check(sent)) if sent is not None else None
    fields = dkim.fields_of(message)
    keys: dict[str, str | bytes | None] = {}
    for wanted in (*dkim.keys_wanted(fields), *arc.keys_wanted(fields)):
        if wanted.dns_name not in keys:
            answer = yield DnsQuestion(wanted.dns_name, Kind.TXT)
            if not answer.failed:
                keys[wanted.dns_name] = answer.records[0] if answer.records else None
    signatures = dkim.verify(fields, keys)
    authors = _author_domains(message)
    published = (yield from dmarc.discover(authors[0])) if len(authors) == 1 else dmarc.Published()
    return Authentication(
        spf=checked,
        dkim=signatures,
        dmarc=dmarc.evaluate(
            authors,
            published,
            spf=checked.domain if checked is not None and checked.result is SpfResult.PASS else None,
            dkim=[each.domain for each in signatures if each.result is dkim.Result.PASS and each.domain],
        ),
        arc=arc.verify(fields, keys),
        envelope_from=sent.envelope_from if sent is not None else "",
        helo=sent.helo if sent is not None else "",
    )


def facts_of(results: Iterable[MethodResult]) -> dict[str, str]:
    """What the filter is told, out of results of our own or of a host that we trust: a word for each method, the best of several.

    >>> facts_of([MethodResult(method="dkim", result="fail"), MethodResult(method="dkim", result="pass")])
    {'dkim': 'pass'}
    """
    found: dict[str, str] = {}
    for each in results:
        if each.method in _METHODS and found.get(each.method) != "pass":
            found[each.method] = each.result if each.result in _RESULTS else "other"
    return found


_METHODS: Final = frozenset({"spf", "dkim", "dmarc", "arc"})
_RESULTS: Final = frozenset({"none", "neutral", "pass", "fail", "softfail", "policy", "temperror", "permerror"})


def _of_signature(check: SignatureCheck) -> MethodResult:
    said = {"header.d": check.domain, "header.s": check.selector, "header.a": check.algorithm}
    return MethodResult(
        method="dkim",
        result=check.result,
        reason=check.reason,
        properties={name: value for name, value in said.items() if value},
    )


def _author_domains(message: Part) -> list[str]:
    """The domains of RFC5322.From, each once; an address that has none that can be asked for counts as one of its own."""
    found: dict[str, None] = {}
    for value in islice(message.headers.all("from"), _FROM_FIELDS):
        for mailbox in addresses(value[:60_000])[:_FROM_FIELDS]:
            domain = domain_of(mailbox.address)
            if domain:
                found[header_text.domain(domain) or domain] = None
    return list(found)
