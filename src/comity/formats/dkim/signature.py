"""One DKIM-Signature field as a record, with the first thing that is wrong with it.

Trust:      input is a stranger's bytes; nothing is raised.
Standards:  RFC 6376 section 3.5 and 6.1.1, RFC 8301 (no SHA-1), RFC 8463, RFC 8616 (domains in other letters).
Answers:    ``read_signature`` gives a ``SignatureField``; where ``problem`` is set, what could be read stands beside it.
Limits:     64 KiB a field, 1,000 names in h=.
"""

from typing import Final

from comity.formats.dkim.taglist import base64, emptied, parse
from comity.formats.header_text import domain as domain_name
from comity.model.record import record

NAME_LIMIT: Final = 1000
_NEVER: Final = 10**18
_CANONICAL: Final = frozenset({b"simple", b"relaxed"})
_ALGORITHMS: Final = frozenset({"rsa-sha256", "ed25519-sha256"})
_REQUIRED: Final = (b"v", b"a", b"b", b"bh", b"d", b"h", b"s")


@record
class SignatureField:
    """What one DKIM-Signature says; ``problem`` names why it cannot be checked."""

    problem: str | None = None
    domain: str | None = None  # d=, lower case, A-labels
    selector: str | None = None
    identity: str | None = None  # i=, as written
    algorithm: str | None = None
    relaxed_header: bool = False
    relaxed_body: bool = False
    names: tuple[bytes, ...] = ()  # h=, lower case, in order
    signature: bytes = b""
    body_hash: bytes = b""
    body_length: int | None = None  # l=
    signed_at: int | None = None  # t=, seconds since 1970
    expires_at: int | None = None  # x=
    exact_identity: bool = True  # i= names d= itself
    unsigned: bytes = b""  # the whole field, as it was signed: the value of b= taken out

    @property
    def dns_name(self) -> str:
        """Where the key stands."""
        return f"{self.selector}._domainkey.{self.domain}"


def read_signature(field: bytes, *, is_chained: bool = False) -> SignatureField:
    """Read a whole field, ``DKIM-Signature: v=1; ...``, without its last line end.

    ``is_chained``: it is an ARC-Message-Signature, which has no v= and whose i= is a number (RFC 8617 section 4.1.2).

    >>> read_signature(b"DKIM-Signature: v=1; d=west.example").problem
    'syntax'
    """
    name, _, value = field.partition(b":")
    tags = parse(value)
    if tags is None:
        return SignatureField(problem="syntax")
    domain = domain_name(tags.get(b"d", b"").decode("utf-8", "replace"))
    selector = domain_name(tags.get(b"s", b"").decode("utf-8", "replace"))
    algorithm = tags.get(b"a", b"").decode("ascii", "replace").lower()
    header, _, body = tags.get(b"c", b"simple").lower().partition(b"/")
    names = b"".join(tags.get(b"h", b"").lower().split()).split(b":", NAME_LIMIT)
    length, signed_at, expires_at = _number(tags, b"l"), _number(tags, b"t"), _number(tags, b"x")
    written_identity = tags[b"i"] if b"i" in tags and not is_chained else b"@" + tags.get(b"d", b"")
    at, identity_domain = written_identity.lower().rpartition(b"@")[1:]
    exact_identity = identity_domain == tags.get(b"d", b"").lower()
    signature, body_hash = base64(tags.get(b"b", b"")), base64(tags.get(b"bh", b""))
    required = _REQUIRED[is_chained:]  # but for v=
    lacking = any(not tags.get(tag) for tag in required) or domain is None or "." not in domain or selector is None
    senseless = -1 in (length, signed_at, expires_at) or (expires_at or _NEVER) < (signed_at or 0)
    methods = [each.strip() for each in tags.get(b"q", b"dns/txt").lower().split(b":")]
    is_within = at and (exact_identity or identity_domain.endswith(b"." + tags.get(b"d", b"").lower()))
    faults = (
        (lacking or senseless or not signature or not body_hash or len(names) > NAME_LIMIT, "syntax"),
        (tags.get(b"v") != b"1" and not is_chained, "version"),
        (header not in _CANONICAL or (body or b"simple") not in _CANONICAL, "canonicalization"),
        (b"dns/txt" not in methods, "query-method"),
        (algorithm == "rsa-sha1", "algorithm-weak"),
        (algorithm not in _ALGORITHMS, "algorithm"),
        (b"from" not in names, "from-not-signed"),
        (not is_within, "identity"),
    )
    problem = next((name for fault, name in faults if fault), None)
    return SignatureField(
        problem=problem,
        domain=domain,
        selector=selector,
        identity=tags[b"i"].decode("utf-8", "replace") if b"i" in tags and not is_chained else None,
        algorithm=algorithm or None,
        relaxed_header=header == b"relaxed",
        relaxed_body=body == b"relaxed",
        names=tuple(names),
        signature=signature or b"",
        body_hash=body_hash or b"",
        body_length=length,
        signed_at=signed_at,
        expires_at=expires_at,
        exact_identity=exact_identity,
        unsigned=name + b":" + emptied(value, b"b"),
    )


def _number(tags: dict[bytes, bytes], tag: bytes) -> int | None:
    """A count or a time, -1 where it is no number (76 digits are allowed for l=, 12 for times: 18 are enough for us)."""
    value = tags.get(tag)
    if value is None:
        return None
    return int(value) if value.isdigit() and len(value) <= 18 else -1
