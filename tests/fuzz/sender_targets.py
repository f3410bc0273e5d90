"""What strangers' bytes may never do to the checks of who sent a mail: SPF, DMARC, ARC, and all of them together.

Texts of a sample are parted by NUL. They stand in the mail, and they are what the DNS answers, in turn: a sender owns both.
"""

from collections.abc import Callable

from comity.attribution.authentication import authenticate, facts_of
from comity.formats import arc, dmarc, spf
from comity.formats.dns_answers import FAILED, NO_SUCH_NAME, NOTHING, DnsAnswer, DnsQuestion, Kind, driven
from comity.formats.mime import scan

_ADDRESSES = ("192.0.2.7", "2001:db8::7")
_QUESTIONS = 111 + 10 + 51 + 2
_LONGEST_NAME = 253


def spf_check(data: bytes) -> None:
    """The work is bounded, every result but ``pass`` has a reason, and nobody passes where the DNS says nothing."""
    sender, helo, *records = [*data.decode("utf-8", "replace").split("\x00"), "", ""]
    for address in _ADDRESSES:
        sent = spf.Sent(client_ip=address, envelope_from=sender, helo=helo)
        for check in (spf.check, spf.check_helo):
            _spf(driven(check(sent), _sender_owns(records, 111)))
            for nothing in (FAILED, NOTHING, NO_SUCH_NAME):
                silent = driven(check(sent), lambda _, answer=nothing: answer)
                _spf(silent)
                assert silent.result is not spf.SpfResult.PASS


def _spf(found: spf.SpfCheck) -> None:
    assert found.lookups <= spf.LOOKUP_LIMIT + 1  # the term that was one too many is counted
    assert (found.reason is None) == (found.result is spf.SpfResult.PASS), found
    assert found.scope in {"mailfrom", "helo"}


def dmarc_check(data: bytes) -> None:
    """Whatever a domain publishes, nothing passes that neither SPF nor DKIM has proved; what it asks for is one of three words."""
    records = data.decode("utf-8", "replace").split("\x00")
    for text in records:
        dmarc.read_record(text)
    domain = records[-1].strip().lower() or "east.example"
    published = driven(dmarc.discover(domain), _sender_owns(records, 2))
    for authors in ([domain], [domain, "west.example"], []):
        found = dmarc.evaluate(authors, published, spf=None)
        assert found.result is not dmarc.DmarcResult.PASS
        assert found.asks_for(0.5) in set(dmarc.Policy)
        assert 0 <= found.percent <= 100


def arc_check(data: bytes) -> None:
    """No chain of a stranger holds, and each says why; the results that it carries are only read."""
    record, _, message = data.partition(b"\x00")
    wanted = arc.keys_wanted(message)
    assert len(wanted) <= arc.CHAIN_LIMIT + 1
    for keys in (
        {},
        {each.dns_name: record for each in wanted},
        dict.fromkeys((each.dns_name for each in wanted), None),
    ):
        found = arc.verify(message, keys)
        assert found.result is not arc.ArcResult.PASS
        assert (found.reason is None) == (found.result is arc.ArcResult.NONE), found
        assert len(found.sealers) <= arc.CHAIN_LIMIT


def authentication(data: bytes) -> None:
    """All checks of one mail: bounded questions, and facts in words of our own."""
    records = [each.decode("utf-8", "replace") for each in data.split(b"\x00")]
    sent = spf.Sent(client_ip=_ADDRESSES[0], envelope_from=records[0], helo=records[-1])
    found = driven(authenticate(scan(data), sent), _sender_owns(records, _QUESTIONS))
    for method, result in facts_of(found.results).items():
        assert method in {"spf", "dkim", "dmarc", "arc"}
        assert result.isascii() and result.isalpha()


def _sender_owns(records: list[str], most: int) -> Callable[[DnsQuestion], DnsAnswer]:
    """A DNS whose every answer the sender wrote; it breaks where it is asked more than ``most`` questions."""
    asked = 0

    def find(question: DnsQuestion) -> DnsAnswer:
        nonlocal asked
        asked += 1
        assert asked <= most, "too many questions"
        assert question.name and len(question.name) <= _LONGEST_NAME, question
        text = records[asked % len(records)] if records else ""
        if question.kind is Kind.TXT:
            return DnsAnswer(records=(text,))
        if question.kind in {Kind.A, Kind.AAAA}:
            return DnsAnswer(records=(_ADDRESSES[question.kind is Kind.AAAA],)) if len(text) % 3 else NO_SUCH_NAME
        return DnsAnswer(records=tuple(text.lower().split()[:50]))

    return find
