"""The complaint feedback address that a message names for itself, and whether a report may be sent there.

Trust:      the header fields are a stranger's; an address counts only under DKIM signatures that we, or a host of ours,
            found valid, and only if they cover it. Nothing is raised.
Standards:  RFC 9477 section 3.1 (whose signatures), 3.2 (several fields), 5 (syntax); RFC 6376 for "covered".
Answers:    ``read`` gives addresses, feedback id and findings; ``check`` and ``judge`` give the rule that allows a report,
            or a named no.
Limits:     100 fields are looked at; readings of unclear sentences are in docs/spec-questions.md.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from comity.formats import header_text
from comity.formats.mime import Part, scan
from comity.model.findings import Finding, finding
from comity.model.origin import CfblAddress, Origin, Signature

ADDRESS_FIELD: Final = "cfbl-address"
ID_FIELD: Final = "cfbl-feedback-id"
_FIELD_LIMIT: Final = 100
_VALUE_LIMIT: Final = 2000
_COMMENT: Final = re.compile(r"\\.|[()]")
_FORMAT: Final = re.compile(r"report\s*=\s*\"?([A-Za-z0-9-]+)\"?", re.IGNORECASE)
_ID: Final = re.compile(r"[!-~]{1,900}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CfblFields:
    """What a message says about feedback on itself: valid addresses from the top down, the id, the findings."""

    addresses: tuple[CfblAddress, ...] = ()
    feedback_id: str | None = None
    names_feedback_id: bool = False  # the field stands there, also where none can be read or two differ
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CfblCheck:
    """Whether a report may be sent: ``reason`` is None, or the name of the no.

    ``rule`` is ``strict`` (the address lies at the author's own domain), ``relaxed`` (below it) or ``third-party``.
    """

    rule: str
    reason: str | None = None


def read(message: bytes | Part) -> CfblFields:
    """Read CFBL-Address and CFBL-Feedback-ID.

    >>> read(b"CFBL-Address: fbl@west.example; report=arf\\n\\n").addresses[0].address
    'fbl@west.example'
    """
    headers = (scan(message) if isinstance(message, bytes) else message).headers
    findings: list[Finding] = []
    addresses: list[CfblAddress] = []
    for value in headers.all(ADDRESS_FIELD)[:_FIELD_LIMIT]:
        address = _address(value, findings)
        if address is None:
            findings.append(finding("cfbl-address-malformed", "CFBL-Address", value))
        elif address in addresses:
            findings.append(finding("field-repeated", "CFBL-Address", value))
        else:
            addresses.append(address)
    if len(addresses) > 1:
        findings.append(finding("cfbl-address-several", "CFBL-Address", addresses[1].address))
    ids = headers.all(ID_FIELD)
    return CfblFields(
        addresses=tuple(addresses),
        feedback_id=_feedback_id(ids[:_FIELD_LIMIT], findings),
        names_feedback_id=bool(ids),
        findings=tuple(findings),
    )


def _address(value: str, findings: list[Finding]) -> CfblAddress | None:
    """``addr-spec [";" "report=" ("arf" / "xarf")]`` with comments; angle brackets are common and do no harm."""
    written, _, rest = _without_comments(value[:_VALUE_LIMIT]).partition(";")
    written = written.strip()
    if written.startswith("<") and written.endswith(">"):
        written = written[1:-1].strip()
    address = header_text.address(written)
    if address is None:
        return None
    report_format = "arf"
    if rest.strip():
        match = _FORMAT.fullmatch(rest.partition(";")[0].strip())
        word = match.group(1).lower() if match else None
        if word in {"arf", "xarf"}:
            report_format = word
        else:
            findings.append(finding("cfbl-format-unknown", "CFBL-Address", rest.strip()))
    return CfblAddress(address=address, domain=address.rpartition("@")[2], report_format=report_format)


def _without_comments(value: str) -> str:
    """RFC 5322 comments out, a blank in their place; what a bracket leaves open is comment to the end."""
    if "(" not in value:
        return value
    kept: list[str] = []
    depth = at = 0
    for match in _COMMENT.finditer(value):
        if match.group() == "(":
            if depth == 0:
                kept.append(value[at : match.start()])
            depth += 1
        elif match.group() == ")" and depth:
            depth -= 1
            at = match.end()
    return " ".join(kept if depth else [*kept, value[at:]])


def _feedback_id(values: Sequence[str], findings: list[Finding]) -> str | None:
    """The id with its white space and comments out (section 5.2): two different ones are none."""
    ids: list[str] = []
    for value in values:
        written = "".join(_without_comments(value[:_VALUE_LIMIT]).split())
        if _ID.fullmatch(written):
            ids.append(written)
        else:
            findings.append(finding("field-malformed" if written else "field-empty", "CFBL-Feedback-ID", value))
    if len(set(ids)) > 1:
        findings.append(finding("field-conflict", "CFBL-Feedback-ID", ids[1]))
        return None
    if len(ids) > 1:
        findings.append(finding("field-repeated", "CFBL-Feedback-ID", ids[0]))
    return ids[0] if ids else None


def check(origin: Origin) -> CfblCheck:
    """Whether the first address that a message names for itself may be told; further ones are not asked (section 3.2)."""
    if not origin.cfbl_addresses:
        return CfblCheck(rule="strict", reason="cfbl-header-malformed")
    return judge(
        origin.cfbl_addresses[0],
        header_from_domain=origin.header_from_domain,
        signatures=origin.signatures,
        has_feedback_id=origin.names_cfbl_feedback_id or origin.cfbl_feedback_id is not None,
    )


def judge(
    address: CfblAddress, *, header_from_domain: str | None, signatures: Iterable[Signature], has_feedback_id: bool
) -> CfblCheck:
    """Whether the signatures of a message allow a report to this address.

    The author's domain must be matched by a valid signature, its own or one of a parent domain. An address elsewhere
    needs a valid signature of its own domain as well. CFBL-Address, and CFBL-Feedback-ID if there is one, must be
    covered by both; or all of the author's name neither: then the mail was signed before the service that sends it
    added them (section 3.1.3).
    """
    author = _name(header_from_domain)
    target = _name(address.domain)
    written = header_text.address(address.address)
    if target is None or written is None or written.rpartition("@")[2] != target:
        return CfblCheck(rule="strict", reason="cfbl-header-malformed")
    if author is None:
        return CfblCheck(rule="strict", reason="cfbl-from-missing")
    rule = "strict" if target == author else "relaxed" if _within(target, author) else "third-party"
    known = list(signatures)
    authors, reason = _matching(known, author)
    if reason is not None:
        return CfblCheck(rule=rule, reason=reason)
    if rule != "third-party":
        return CfblCheck(rule=rule, reason=_uncovered(authors, has_feedback_id))
    services, reason = _matching(known, target)
    if reason is None:
        reason = _uncovered(services, has_feedback_id)
    if reason is None and not all(_is_silent(signature) for signature in authors):
        reason = _uncovered(authors, has_feedback_id)
    return CfblCheck(rule=rule, reason=reason)


def _name(text: str | None) -> str | None:
    """A domain name of two labels or more: nobody signs for a whole top-level domain."""
    name = header_text.domain(text) if text else None
    return name if name is not None and "." in name else None


def _within(name: str, parent: str) -> bool:
    """Whether a name is a domain or lies below it; both lower case."""
    return name == parent or name.endswith("." + parent)


def _matching(signatures: Iterable[Signature], domain: str) -> tuple[list[Signature], str | None]:
    """The believed signatures of a domain or of one above it, and why there is none."""
    matching = [signature for signature in signatures if (name := _name(signature.domain)) and _within(domain, name)]
    believed = [signature for signature in matching if signature.standing.is_believed]
    if believed:
        return believed, None
    return [], "cfbl-signature-not-valid" if matching else "cfbl-signature-missing"


def _covers(signature: Signature, name: str) -> bool:
    """Whether every field of this name is signed: one that is put on top of a signed one is not."""
    return name in signature.signed_headers and name not in signature.repeated_unsigned


def _uncovered(signatures: Iterable[Signature], has_feedback_id: bool) -> str | None:
    """None if one of the signatures covers what must be covered, else what is missing in the best of them."""
    covering = [signature for signature in signatures if _covers(signature, ADDRESS_FIELD)]
    if not covering:
        return "cfbl-header-not-signed"
    if has_feedback_id and not any(_covers(signature, ID_FIELD) for signature in covering):
        return "cfbl-feedback-id-not-signed"
    return None


def _is_silent(signature: Signature) -> bool:
    return ADDRESS_FIELD not in signature.signed_headers and ID_FIELD not in signature.signed_headers
