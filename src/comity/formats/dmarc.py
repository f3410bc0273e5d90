"""What the author's domain asks of mail that does not come from it, and whether a mail does.

Trust:      records are strangers' text; nothing is raised. ``pass`` means: the domain that the reader sees belongs to the
            organisation that SPF or DKIM has proved. Reports that a record asks for are not sent by this.
Standards:  RFC 7489 section 3.1 (alignment), 6.3 (records), 6.6.3 (where they stand). The organisational domain is that of the
            Public Suffix List; the successor walks up the tree instead (docs/spec-questions.md Q20).
Answers:    ``discover(domain)``: a generator of questions that returns ``Published``; ``evaluate(author, published, ...)`` gives
            ``DmarcCheck``; ``read_record``.
Limits:     two questions. A mail with several authors' domains is ``permerror``: nobody can tell whom the reader saw.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from comity.formats.dkim.taglist import parse
from comity.formats.dns_answers import DnsQuestion, Kind, Steps
from comity.formats.domains import organisation_of
from comity.formats.header_text import domain as domain_name


class Policy(StrEnum):
    """What shall be done with mail that fails."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"


class DmarcResult(StrEnum):
    """In the words of RFC 7489 section 11.2."""

    NONE = "none"
    PASS = "pass"  # noqa: S105 - the word of the RFC
    FAIL = "fail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcRecord:
    """One record."""

    policy: Policy
    subdomain_policy: Policy
    strict_dkim: bool = False
    strict_spf: bool = False
    percent: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What was found for an author's domain; ``at`` is the domain that says it: its own, or its organisation's."""

    record: DmarcRecord | None = None
    at: str | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcCheck:
    """What came of it; ``policy`` is what the domain asks for this mail should it fail, for ``percent`` of such mail."""

    result: DmarcResult
    domain: str | None
    reason: str | None = None
    policy: Policy | None = None
    percent: int = 100
    aligned_dkim: str | None = None
    aligned_spf: str | None = None

    def asks_for(self, chance: float) -> Policy:
        """What the domain asks for this very mail; ``chance`` in [0, 1) decides where it speaks for a part of them.

        >>> failed = DmarcCheck(result=DmarcResult.FAIL, domain="east.example", policy=Policy.REJECT, percent=20)
        >>> [failed.asks_for(each).value for each in (0.1, 0.5)]
        ['reject', 'quarantine']
        """
        if self.result is not DmarcResult.FAIL or self.policy is None:
            return Policy.NONE
        if chance * 100 < self.percent:
            return self.policy
        return Policy.QUARANTINE if self.policy is Policy.REJECT else Policy.NONE  # section 6.6.4


def read_record(text: str) -> DmarcRecord | None:
    """Read a record; None where it is none, or one that nobody may act upon.

    >>> read_record("v=DMARC1; p=reject; sp=none; pct=20").subdomain_policy.value
    'none'
    >>> read_record("p=none; v=DMARC1") is None, read_record("v=DMARC1; p=maybe") is None
    (True, True)
    """
    if not is_record(text):
        return None
    tags = parse(";".join(each for each in text.split(";") if "=" in each).encode("utf-8", "replace"))
    if tags is None:
        return None
    policy = _policy(tags.get(b"p"))
    subdomains = _policy(tags.get(b"sp")) if b"sp" in tags else policy
    if policy is None or subdomains is None:
        # Section 6.6.3: what cannot be understood asks for reports at most.
        if b"mailto:" not in tags.get(b"rua", b"").lower():
            return None
        policy = subdomains = Policy.NONE
    percent = tags.get(b"pct", b"100")
    return DmarcRecord(
        policy=policy,
        subdomain_policy=subdomains,
        strict_dkim=tags.get(b"adkim", b"r").lower() == b"s",
        strict_spf=tags.get(b"aspf", b"r").lower() == b"s",
        percent=int(percent) if percent.isdigit() and len(percent) <= 3 and int(percent) <= 100 else 100,
    )


def is_record(text: str) -> bool:
    """Whether a TXT record is a DMARC record: its first tag is v=DMARC1, in these letters."""
    name, _, value = text.partition(";")[0].partition("=")
    return name.strip() == "v" and value.strip() == "DMARC1"


def _policy(value: bytes | None) -> Policy | None:
    word = (value or b"").decode("ascii", "replace").lower()
    return Policy(word) if word in set(Policy) else None


def discover(domain: str) -> Steps[Published]:
    """Find what was published for an author's domain."""
    if domain_name(domain) is None:  # a mail may name anything as its author's domain; nothing is published there
        return Published()
    for name in dict.fromkeys(filter(None, (domain, organisation_of(domain)))):
        answer = yield DnsQuestion(f"_dmarc.{name}", Kind.TXT)
        if answer.failed:
            return Published(failed=True, at=name)
        found = [each for each in answer.records if is_record(each)]
        if len(found) > 1:
            return Published(at=name)
        if found:
            return Published(record=read_record(found[0]), at=name)
    return Published()


def evaluate(domains: Iterable[str], published: Published, *, spf: str | None, dkim: Iterable[str] = ()) -> DmarcCheck:
    """Whether a mail comes from its author's domain.

    ``domains`` are those of RFC5322.From; ``spf`` the domain that SPF has proved, ``dkim`` those that signatures have.

    >>> record = Published(record=read_record("v=DMARC1; p=reject"), at="east.example")
    >>> evaluate(["news.east.example"], record, spf="bounce.esp.example", dkim=["east.example"]).result.value
    'pass'
    """
    authors = set(domains)
    if len(authors) != 1:
        return DmarcCheck(
            result=DmarcResult.PERMERROR if authors else DmarcResult.NONE,
            domain=None,
            reason="several-authors" if authors else "no-author",
        )
    (author,) = authors
    record = published.record
    if published.failed or record is None:
        return DmarcCheck(
            result=DmarcResult.TEMPERROR if published.failed else DmarcResult.NONE,
            domain=author,
            reason="dns" if published.failed else "no-record" if published.at is None else "record-unusable",
        )
    aligned_dkim = next((each for each in dkim if is_aligned(each, author, strict=record.strict_dkim)), None)
    aligned_spf = spf if spf and is_aligned(spf, author, strict=record.strict_spf) else None
    is_proved = aligned_dkim is not None or aligned_spf is not None
    return DmarcCheck(
        result=DmarcResult.PASS if is_proved else DmarcResult.FAIL,
        domain=author,
        reason=None if is_proved else "not-aligned",
        policy=record.policy if published.at == author else record.subdomain_policy,
        percent=record.percent,
        aligned_dkim=aligned_dkim,
        aligned_spf=aligned_spf,
    )


def is_aligned(proved: str, author: str, *, strict: bool = False) -> bool:
    """Whether a domain that was proved is the author's, or of the same organisation.

    >>> is_aligned("mail.east.example", "east.example"), is_aligned("mail.east.example", "east.example", strict=True)
    (True, False)
    """
    if proved == author:
        return True
    return not strict and (name := organisation_of(author)) is not None and name == organisation_of(proved)
