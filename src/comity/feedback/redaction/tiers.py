"""What may leave the building about one reported message, by tier.

Trust:      the message is a stranger's bytes; tier, body policy and key come from the agreement, recipients from our own side.
Standards:  RFC 6590 (redaction), RFC 5965 section 2 (headers alone, or the message), docs/decisions/0011-redaction-tiers.md.
Answers:    ``redact(message, tier=..., recipients=..., key=...)`` gives ``Redacted``; no message makes it raise.
            ``value(text, ...)`` does the same to one value that a report names beside the message.
Limits:     pure: no clock, no chance. What cannot be looked through, and T2 without a known recipient, is shown at T1; ``leaks`` is
            not empty where the independent checker still finds somebody: then nothing may be sent.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from comity.feedback.redaction import campaign, content, leaks
from comity.feedback.redaction.calling import Calling, calling
from comity.feedback.redaction.codings.islands import as_words
from comity.feedback.redaction.glance import FIELDS
from comity.feedback.redaction.headers import Line, Lines, lines
from comity.feedback.redaction.identity import Identity, identify, named
from comity.feedback.redaction.people import People, people
from comity.feedback.redaction.scrub import Scrubber
from comity.feedback.redaction.tokens import canonical, is_token, token, token_local
from comity.formats.mime import Part, decode_words, domain_of, first_address
from comity.model.agreement import BodyPolicy
from comity.model.findings import Finding, finding
from comity.model.record import record
from comity.model.tier import Tier

_BODY_FIELDS: Final = ("content-", "mime-version")
_TITLE_FIELDS: Final = frozenset({"subject", "thread-topic"})
_LINE_LIMIT: Final = 900
_BESIDE: Final = "Value"


@record
class Delivery:
    """What our own side knows about how this message came in."""

    bulk: bool = False  # it says of itself that it went to many, or we saw that it did
    taken_at: int = 0  # which Received line, counted from the top, our side wrote when it took the mail
    own_domains: tuple[str, ...] = ()  # every domain with mailboxes of ours: never named at T1


@record
class Redacted:
    """What may leave. ``tier`` is the one that was kept to: lower than asked for where more could not be shown safely."""

    tier: Tier
    headers: bytes  # field lines, CRLF
    message: bytes | None  # headers, an empty line and the text, where the body may go
    headers_only: bool
    removed: tuple[str, ...]  # "what: why", no personal data in it
    leaks: tuple[Finding, ...]  # not empty: refuse to send
    token: str | None  # stands for the complainer; None at T0, T1 and T3, and where nobody is known
    link_domains: tuple[str, ...] = ()  # at T1: the organisational domains that the text links to
    passed: frozenset[str] = frozenset()  # of the values beside the message those that name nobody at this tier

    @property
    def content(self) -> bytes:
        """What goes into the third part of a report."""
        return self.message if self.message is not None else self.headers


_EMPTY: Final = Redacted(
    tier=Tier.T0, headers=b"", message=None, headers_only=True, removed=("message: tier",), leaks=(), token=None
)


def redact(
    message: Part,
    *,
    tier: Tier,
    recipients: Sequence[str] | People,
    key: bytes,
    body: BodyPolicy = BodyPolicy.NEVER,
    delivery: Delivery | None = None,
    beside: Sequence[str] = (),
) -> Redacted:
    """Give what the peer may see.

    ``recipients``: every address by which our side knows the complainer's mailbox, the one that the mail was sent to
    first; or all people of this message, where they were collected before. ``key``: this peer's in this epoch, 16 bytes or
    more. ``beside``: values that the report will name, looked through with the header; ``value`` knows what to do with others.
    """
    if tier is Tier.T0:
        return _EMPTY
    delivery = delivery or Delivery()
    known = recipients if isinstance(recipients, People) else people(message.headers, recipients)
    why = None
    if tier is not Tier.T1:
        why = _too_little_known(known, tier)
        if why is None:
            shown = _shown(message, known, key=key, delivery=delivery, asked=_Asked(tier, body, tuple(beside)))
            if shown is not None:
                return shown
            why = "not-searchable"
    return _campaign(message, known, delivery, why=why)


def _too_little_known(known: People, tier: Tier) -> str | None:
    if not known.are_all:
        return "too-many-people"
    return "recipient-unknown" if tier is Tier.T2 and not known.delivered_to else None


def _campaign(message: Part, known: People, delivery: Delivery, *, why: str | None) -> Redacted:
    mine = set(known.delivered_to)
    domains = (*delivery.own_domains, *(domain_of(each) or "" for each in mine))
    hidden = {each for each in map(campaign.organisation, domains) if each}
    headers = campaign.header(message, mine, hidden)
    return Redacted(
        tier=Tier.T1,
        headers=headers,
        message=None,
        headers_only=True,
        removed=(f"message: {why}",) if why else ("message: tier",),
        leaks=_checked(headers, (*known.delivered_to, *known.others)),
        token=None,
        link_domains=campaign.link_domains(message, hidden),
    )


class _Asked(NamedTuple):
    """What the agreement and the report ask for."""

    tier: Tier
    body: BodyPolicy
    beside: tuple[str, ...]


def _shown(message: Part, known: People, *, key: bytes, delivery: Delivery, asked: _Asked) -> Redacted | None:
    """T2 and T3; None where the text cannot be looked through."""
    tier = asked.tier
    clear = frozenset(known.delivered_to) if tier is Tier.T3 else frozenset[str]()
    sought = [each for each in (*known.delivered_to, *known.others) if each not in clear]

    def addressee(address: str) -> str:
        one = canonical(address)
        return one if one in clear or is_token(one.rpartition("@")[0]) else token(one, key)

    scrubber = Scrubber(_identities(sought, known.names if tier is Tier.T2 else (), key))
    called = _calling(known) if tier is Tier.T2 else None
    chosen = _uncalled(lines(message, delivery.taken_at, addressee), called)
    text = _text(message, body=asked.body, bulk=delivery.bulk)
    if text is not None:
        kept = tuple(each for each in chosen.kept if not each.text.lower().startswith(_BODY_FIELDS))
        chosen = Lines(kept=kept, removed=chosen.removed)
    mine = known.delivered_to[0] if known.delivered_to and tier is Tier.T2 else None
    shown_token = token(mine, key) if mine else None
    # The domain that a token keeps may carry the name again: smith@smith.example.
    beside = [each for each in (*asked.beside, shown_token) if each and _is_line(each)] if tier is Tier.T2 else []
    headers, places, passed = _cleaned(chosen, scrubber, beside)
    if headers is None:
        return None
    removed = chosen.removed + ((f"people: {places} places",) if places else ())
    whole = None
    if text is None:
        removed += ("body: policy",)
    else:
        cleaned = scrubber.clean(text if tier is Tier.T3 else _greeted(text, called))
        if not cleaned.is_sure:
            return None
        whole = headers + content.field_lines(cleaned.text) + b"\r\n" + content.encoded(cleaned.text)
        removed += ("body: text-only",)
    found, passing = _passing(headers if whole is None else whole, sought, passed)
    return Redacted(
        tier=tier,
        headers=headers,
        message=whole,
        headers_only=whole is None,
        removed=removed,
        leaks=found,
        token=shown_token,
        passed=frozenset(passing),
    )


def _calling(known: People) -> Calling | None:
    return calling(known.names, [each.rpartition("@")[0] for each in known.delivered_to], known.own_names)


def _greeted(text: str, called: Calling | None) -> str:
    text = content.without_greeting(text)
    return called.removed_at_openings(text) if called else text


def _uncalled(chosen: Lines, called: Calling | None) -> Lines:
    """The titles without the names of those who are called in them: decoded, and written anew where one was."""
    if called is None:
        return chosen
    kept = tuple(_title(line, called) if _field_of(line) in _TITLE_FIELDS else line for line in chosen.kept)
    changed = [f"{_field_of(old)}: names-people" for old, new in zip(chosen.kept, kept, strict=True) if old is not new]
    return Lines(kept=kept, removed=(*chosen.removed, *changed))


def _field_of(line: Line) -> str:
    return line.text.partition(":")[0].strip().lower()


def _title(line: Line, called: Calling) -> Line:
    name, _, value = line.text.partition(":")
    decoded = decode_words(value.replace("\r\n", ""))
    said = "".join(sign if sign.isprintable() else " " for sign in decoded).strip()
    shown = called.removed(said)
    if shown == said:
        return line
    written = shown if shown.isascii() and len(shown) < _LINE_LIMIT else as_words(shown)
    return Line(text=f"{name}: {written}", codec="ascii")


def _identities(sought: Sequence[str], names: Sequence[str], key: bytes) -> list[Identity]:
    made = [identify(each, token_local(each, key)) for each in sought]
    made += [named(name, "redacted") for name in names]
    return [each for each in made if each is not None]


@lru_cache(maxsize=4)
def _sought(recipients: tuple[str, ...], key: bytes) -> tuple[Identity, ...]:
    """These people, prepared once for all values of a report."""
    made = (identify(each, token_local(each, key)) for each in recipients)
    return tuple(each for each in made if each is not None)


def _cleaned(chosen: Lines, scrubber: Scrubber, beside: list[str]) -> tuple[bytes | None, int, list[str]]:
    """All fields searched as one text, because most hold nothing; those in other charsets one by one. Of the values beside
    them those that name nobody.
    """
    plain = [line.text for line in chosen.kept if line.codec == "ascii" or line.text.isascii()]
    cleaned, passed = scrubber.clean_all(plain, [f"{_BESIDE}: {each}" for each in beside])
    ready = iter(cleaned.text.split(FIELDS))
    is_sure, places = cleaned.is_sure, cleaned.places
    written: list[bytes] = []
    for line in chosen.kept:
        if line.codec == "ascii" or line.text.isascii():
            written.append(next(ready, "").encode("ascii", "replace"))
        else:
            other = scrubber.clean(line.text)
            is_sure, places = is_sure and other.is_sure, places + other.places
            written.append(other.text.encode(line.codec, "replace"))
    if not is_sure or next(ready, None):
        return None, places, []
    return b"".join(each + b"\r\n" for each in written if each), places, [beside[number] for number in sorted(passed)]


def _is_line(text: str) -> bool:
    return len(text) <= _LINE_LIMIT and text.isascii() and text.isprintable()


def _passing(output: bytes, sought: Sequence[str], beside: Sequence[str]) -> tuple[tuple[Finding, ...], Sequence[str]]:
    """Who is still found in the output, and the values that name nobody: looked for in all of it at once, and only where
    somebody is found in the output alone.
    """
    if beside:
        lines_beside = "".join(f"{_BESIDE}: {each}\r\n" for each in beside).encode("ascii")
        if not leaks.find(lines_beside + output, sought):
            return (), beside
    return _checked(output, sought), ()


def _text(message: Part, *, body: BodyPolicy, bulk: bool) -> str | None:
    if body is BodyPolicy.ALWAYS or (body is BodyPolicy.BULK and bulk):
        return content.text_of(message)
    return None


def _checked(output: bytes, sought: Sequence[str]) -> tuple[Finding, ...]:
    found = leaks.find(output, sought)
    return tuple(finding(_CODES[each.kind], each.coding, f"recipient {each.recipient}") for each in found)


_CODES: Final = {
    leaks.Kind.ADDRESS: "redaction-leak",
    leaks.Kind.NAME: "redaction-leak",
    leaks.Kind.HASH: "redaction-leak",
    leaks.Kind.NOT_CHECKABLE: "redaction-unchecked",
}


def value(text: str, *, tier: Tier, recipients: Sequence[str], key: bytes) -> str | None:
    """One value that a report names beside the message (envelope sender, address of a page, result of a check).

    At T1 an address becomes ``redacted@`` its organisational domain and everything else None; at T2 the people are
    replaced; None as well where the value cannot be looked through. T0 gives nothing, T3 the value as it stands.
    """
    if tier is Tier.T3:
        return text
    if tier is Tier.T2 and recipients:
        cleaned = Scrubber(_sought(tuple(recipients), key)).clean(text)
        return (
            cleaned.text
            if cleaned.is_sure and not leaks.find(cleaned.text.encode("utf-8", "replace"), recipients)
            else None
        )
    if tier is Tier.T0:
        return None
    if text.strip() == "<>":
        return "<>"
    address = first_address(text[:1000])
    if address is None or canonical(address) in {canonical(each) for each in recipients}:
        return None
    domain = campaign.organisation(domain_of(address) or "")
    return f"redacted@{domain}" if domain else None
