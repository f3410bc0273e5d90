"""One mail, one DNS: what the four protocols say together."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.attribution.authentication import Authentication, authenticate, facts_of
from comity.formats.authres_writer import written
from comity.formats.dkim import public_record, sign
from comity.formats.dns_answers import FAILED, NO_SUCH_NAME, DnsAnswer, DnsQuestion, driven
from comity.formats.mime import scan
from comity.formats.spf import Sent

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
MAIL = b"From: News <news@mail.east.example>\r\nTo: lin@west.example\r\nSubject: Hello\r\n\r\nGood morning.\r\n"
SENT = Sent(client_ip="192.0.2.7", envelope_from="b@bounce.east.example", helo="mx.east.example")
ZONE = {
    "bounce.east.example": "v=spf1 ip4:192.0.2.7 -all",
    "_dmarc.east.example": "v=DMARC1; p=reject; sp=quarantine",
    "s._domainkey.east.example": public_record(KEY),
}


def _authenticated(mail: bytes, zone: dict[str, str | None], sent: Sent | None = SENT) -> Authentication:
    def find(asked: DnsQuestion) -> DnsAnswer:
        said = zone.get(asked.name, "")
        return FAILED if said is None else DnsAnswer(records=(said,)) if said else NO_SUCH_NAME

    return driven(authenticate(scan(mail), sent), find)


def _signed(mail: bytes = MAIL) -> bytes:
    return sign(mail, domain="east.example", selector="s", key=KEY) + mail


def test_all_that_holds_is_said_in_the_words_of_the_rfc() -> None:
    """SPF of the envelope, DKIM of the signer, DMARC of the author's organisation."""
    found = _authenticated(_signed(), ZONE)
    assert facts_of(found.results) == {"spf": "pass", "dkim": "pass", "dmarc": "pass"}
    assert (found.dmarc.aligned_dkim, found.dmarc.aligned_spf) == ("east.example", "bounce.east.example")
    text = written("mx.west.example", found.results)
    assert text.splitlines() == [
        "mx.west.example;",
        "\tspf=pass smtp.mailfrom=b@bounce.east.example;",
        "\tdkim=pass header.d=east.example header.s=s header.a=ed25519-sha256;",
        "\tdmarc=pass (p=quarantine) header.from=mail.east.example",
    ]


def test_a_forged_author_fails() -> None:
    """Nothing of what was proved belongs to whom the reader sees."""
    found = _authenticated(MAIL, ZONE, Sent(client_ip="192.0.2.7", envelope_from="b@esp.example", helo="x.example"))
    assert facts_of(found.results) == {"spf": "none", "dkim": "none", "dmarc": "fail"}


def test_nobody_answering_fails_nobody() -> None:
    """It could not be checked now; that is all."""
    found = _authenticated(_signed(), dict.fromkeys(ZONE))
    assert facts_of(found.results) == {"spf": "temperror", "dkim": "temperror", "dmarc": "temperror"}


def test_without_an_envelope_nothing_is_said_of_spf() -> None:
    """A mail out of a file has none."""
    assert "spf" not in facts_of(_authenticated(_signed(), ZONE, None).results)


def test_two_authors_are_none() -> None:
    """Nobody can tell whom the reader saw, and no policy is asked for."""
    mail = MAIL.replace(b"From: ", b"From: <x@north.example>\r\nFrom: ")
    assert facts_of(_authenticated(mail, ZONE).results)["dmarc"] == "permerror"
