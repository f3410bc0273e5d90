"""Which signatures are believed, and by what name the others are not."""

from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.dkim import (
    SIGNATURE_LIMIT,
    KeyWanted,
    Result,
    SignatureCheck,
    as_signature,
    as_signatures,
    keys_wanted,
    public_record,
    sign,
    verify,
)
from comity.formats.dkim.canonical import relaxed_body, relaxed_field
from comity.formats.mime import scan
from comity.model.origin import Standing

KEY_NAME = "s1._domainkey.west.example"
Keys = dict[str, str | bytes | None]


def _outcome(check: SignatureCheck) -> tuple[str, str | None]:
    return check.result.value, check.reason


def test_a_signature_of_ours_holds(signed: bytes, keys: Keys) -> None:
    """Signed, asked for the key, looked up, verified: with every fact beside it."""
    assert keys_wanted(signed) == (KeyWanted(selector="s1", domain="west.example", dns_name=KEY_NAME),)
    [check] = verify(signed, keys)
    assert _outcome(check) == ("pass", None)
    assert (check.domain, check.selector, check.algorithm) == ("west.example", "s1", "ed25519-sha256")
    assert {"from", "subject", "cfbl-address", "cfbl-feedback-id"} <= set(check.signed_headers)
    assert (check.body_hash_ok, check.body_unsigned, check.repeated_unsigned) == (True, 0, ())


def test_a_part_is_checked_like_its_bytes(signed: bytes, keys: Keys) -> None:
    """A message inside a report, at whatever place and with whatever line ends, is checked where it stands."""
    for inner in (signed, signed.replace(b"\r\n", b"\n")):
        outer = b"Content-Type: message/rfc822\n\n" + inner
        [check] = verify(scan(outer).children[0], keys)
        assert check.result is Result.PASS


def test_a_mailbox_line_on_top_does_no_harm(signed: bytes, keys: Keys) -> None:
    """A message out of an mbox file has a line before its header that nobody signed."""
    assert verify(b"From news@west.example Tue Oct 14 08:00:00 2025\n" + signed, keys)[0].result is Result.PASS


def test_a_key_can_be_unknown_or_missing(signed: bytes) -> None:
    """Not looked up is for later; looked up and not there is final. The body hash is known all the same."""
    [unknown], [missing] = verify(signed, {}), verify(signed, {KEY_NAME: None})
    assert _outcome(unknown) == ("temperror", "key-unknown")
    assert _outcome(missing) == ("permerror", "key-missing")
    assert unknown.body_hash_ok is True
    assert missing.body_hash_ok is True


@pytest.mark.parametrize(
    ("record", "outcome"),
    [
        ("v=DKIM1; p=", ("permerror", "key-revoked")),
        ("nonsense", ("permerror", "key-syntax")),
        (b"\xff\xfe", ("permerror", "key-syntax")),
    ],
)
def test_a_bad_key_names_itself(signed: bytes, record: str | bytes, outcome: tuple[str, str]) -> None:
    """What is wrong with the key is the reason of the signature."""
    assert _outcome(verify(signed, {KEY_NAME: record})[0]) == outcome


def test_another_key_does_not_fit(signed: bytes, rsa_key: object) -> None:
    """A signature made with another key fails; a key of another kind cannot even be tried."""
    assert _outcome(verify(signed, {KEY_NAME: public_record(Ed25519PrivateKey.generate())})[0]) == ("fail", "signature")
    assert _outcome(verify(signed, {KEY_NAME: public_record(rsa_key)})[0]) == ("permerror", "key-algorithm")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new", "outcome"),
    [
        (b"v=1;", b"v=2;", ("permerror", "version")),
        (b"v=1;", b"", ("permerror", "syntax")),
        (b"v=1;", b"v=1; v=1;", ("permerror", "syntax")),
        (b"v=1;", b"v=1;; ", ("permerror", "syntax")),
        (b"v=1;", b"v=1; t=never;", ("permerror", "syntax")),
        (b"v=1;", b"v=1; t=9; x=8;", ("permerror", "syntax")),
        (b"v=1;", b"v=1; l=-1;", ("permerror", "syntax")),
        (b"v=1;", b"v=1; q=http/get;", ("permerror", "query-method")),
        (b"v=1;", b"v=1; i=news@east.example;", ("permerror", "identity")),
        (b"v=1;", b"v=1; i=news@notwest.example;", ("permerror", "identity")),
        (b"v=1;", b"v=1; i=west.example;", ("permerror", "identity")),
        (b"v=1;", b"v=1; l=100000;", ("fail", "body-length")),
        (b"v=1;", b"v=1; q=http/get : dns/txt;", ("fail", "signature")),
        (b"v=1;", b"v=1; nonce=1;", ("fail", "signature")),
        (b"a=ed25519-sha256", b"a=rsa-sha1", ("neutral", "algorithm-weak")),
        (b"a=ed25519-sha256", b"a=sm2-sm3", ("permerror", "algorithm")),
        (b"c=relaxed/relaxed", b"c=nowsp/simple", ("permerror", "canonicalization")),
        (b"c=relaxed/relaxed", b"c=relaxed", ("fail", "body-hash")),
        (b"d=west.example", b"d=example", ("permerror", "syntax")),
        (b"d=west.example", b"d=../etc", ("permerror", "syntax")),
        (b"s=s1", b"s=s 1", ("permerror", "syntax")),
        (b"s=s1", b"s=s2", ("temperror", "key-unknown")),
        (b"h=from:from:", b"h=", ("permerror", "from-not-signed")),
        (b"h=from:from:", b"h=from:", ("fail", "signature")),
        (b"bh=", b"bh=A", ("permerror", "syntax")),
        (b" b=", b" b=*", ("permerror", "syntax")),
        (b"bh=", b"bh=AAAA; was=", ("fail", "body-hash")),
    ],
)
def test_every_fault_of_a_signature_has_its_name(
    signed: bytes, keys: Keys, old: bytes, new: bytes, outcome: tuple[str, str]
) -> None:
    """The answer says which tag to look at, and a fault is never a pass."""
    assert old in signed
    assert _outcome(verify(signed.replace(old, new, 1), keys)[0]) == outcome


def test_what_is_unsigned_may_change(signed: bytes, keys: Keys) -> None:
    """Trace fields come on top on the way; DKIM is made for that."""
    assert verify(b"Received: from a by b\r\n" + signed.replace(b"[192.0.2.7]", b"[192.0.2.8]"), keys)[0].reason is None


@pytest.mark.parametrize(
    "field", [b"From: x@other.example\r\n", b"CFBL-Address: victim@other.example\r\n", b"Cc: a@b.example\r\n"]
)
def test_an_oversigned_field_cannot_be_added(signed: bytes, keys: Keys, field: bytes) -> None:
    """One more of a field that was signed once more than it stood there breaks the signature."""
    assert verify(field + signed, keys)[0].result is not Result.PASS


def test_a_field_put_on_top_of_a_signed_one_is_told(message: bytes, ed_key: Ed25519PrivateKey, keys: Keys) -> None:
    """Fields of one name are taken from the bottom: what is added above them is named as unsigned."""
    names = ("from", "cfbl-address", "subject")
    signed = sign(message, domain="west.example", selector="s1", key=ed_key, headers=names) + message
    [check] = verify(b"CFBL-Address: victim@other.example\r\n" + signed, keys)
    assert check.result is Result.PASS
    assert check.repeated_unsigned == ("cfbl-address",)


def test_a_second_author_is_never_believed(message: bytes, ed_key: Ed25519PrivateKey, keys: Keys) -> None:
    """A From above the signed one would be shown to people as the author: no signature holds over that."""
    signed = sign(message, domain="west.example", selector="s1", key=ed_key, headers=("from", "subject")) + message
    assert verify(signed, keys)[0].result is Result.PASS
    assert _outcome(verify(b"From: boss@bank.example\r\n" + signed, keys)[0]) == ("permerror", "from-not-signed")


def test_a_signature_ends(message: bytes, ed_key: Ed25519PrivateKey, keys: Keys) -> None:
    """After x= a signature does not hold any more; without a moment to judge by it is only told."""
    signed = _signed_with(b"t=1760000000; x=1760600000;", message, ed_key)
    assert verify(signed, keys)[0].expires_at == datetime(2025, 10, 16, 7, 33, 20, tzinfo=UTC)
    assert verify(signed, keys, now=datetime(2025, 10, 16, 7, 33, 20, tzinfo=UTC))[0].result is Result.PASS
    late = verify(signed, keys, now=datetime(2025, 10, 16, 7, 33, 21, tzinfo=UTC))[0]
    assert _outcome(late) == ("fail", "expired")


def test_a_time_beyond_all_calendars_is_no_time(message: bytes, ed_key: Ed25519PrivateKey, keys: Keys) -> None:
    """Seconds that no date can hold are left out, not tripped over."""
    [check] = verify(_signed_with(b"t=99999999999999999;", message, ed_key), keys)
    assert (check.result, check.signed_at) == (Result.PASS, None)


def test_text_after_a_signed_length_is_counted(message: bytes, ed_key: Ed25519PrivateKey, keys: Keys) -> None:
    """l= lets anybody append: the signature holds, and the octets that nobody signed are told."""
    signed = _signed_with(b"l=39;", message, ed_key)
    [check] = verify(signed + b"Buy this!\r\n", keys)
    assert (check.result, check.body_unsigned) == (Result.PASS, 11)
    fact = as_signature(check)
    assert fact is not None
    assert (fact.standing, fact.reason) == (Standing.VERIFIED, "body-partly-signed")


def test_a_testing_domain_is_marked(signed: bytes, keys: Keys) -> None:
    """t=y: the owner is only trying DKIM out, whoever decides must know."""
    record = keys[KEY_NAME]
    assert isinstance(record, str)
    [check] = verify(signed, {KEY_NAME: record + "; t=y"})
    assert (check.result, check.testing) == (Result.PASS, True)
    [fact] = as_signatures([check])
    assert fact.reason == "key-testing"


def test_a_key_can_refuse_subdomains(message: bytes, ed_key: Ed25519PrivateKey, keys: Keys) -> None:
    """t=s in the key: i= must name d= itself."""
    signed = sign(message, domain="west.example", selector="s1", key=ed_key, identity="@news.west.example") + message
    assert verify(signed, keys)[0].result is Result.PASS
    record = keys[KEY_NAME]
    assert isinstance(record, str)
    assert _outcome(verify(signed, {KEY_NAME: record + "; t=s"})[0]) == ("permerror", "identity")


def test_signatures_are_answered_in_order_and_only_so_many(signed: bytes, keys: Keys) -> None:
    """Each signature has its answer; beyond the limit the answer is that nobody looked."""
    other = b"DKIM-Signature: v=1; d=other.example\r\n"
    checks = verify(other + signed, keys)
    assert [check.reason for check in checks] == ["syntax", None]
    flood = verify(other * SIGNATURE_LIMIT + signed, keys)
    assert _outcome(flood[-1]) == ("neutral", "signature-limit")
    assert len(keys_wanted(other * SIGNATURE_LIMIT + signed)) == 0


def test_a_second_signature_over_the_first(signed: bytes, keys: Keys, ed_key: Ed25519PrivateKey) -> None:
    """A service that signs the author's signature as well: h= names the other one, never itself."""
    names = ("from", "dkim-signature", "dkim-signature")
    service = sign(signed, domain="esp.example", selector="s1", key=ed_key, headers=names)
    both = {**keys, "s1._domainkey.esp.example": keys[KEY_NAME]}
    assert [check.result for check in verify(service + signed, both)] == [Result.PASS, Result.PASS]
    broken = verify(service + signed.replace(b" b=", b" z=x; b=", 1), both)
    assert [check.result for check in broken] == [Result.FAIL, Result.FAIL]


def test_a_domain_in_other_letters_is_looked_up_by_its_a_label(signed: bytes) -> None:
    """RFC 8616: d= may be written in Chinese; the DNS knows it as xn--."""
    [wanted] = keys_wanted(signed.replace(b"d=west.example", "d=西.example".encode()))
    assert wanted.dns_name == "s1._domainkey.xn--bw2a.example"


def test_facts_for_an_origin(signed: bytes, keys: Keys) -> None:
    """Verified, failed and not yet checked are different standings; what names no domain is no fact."""
    standings = {
        "pass": (signed, keys, Standing.VERIFIED),
        "changed": (signed.replace(b"This week", b"That week"), keys, Standing.FAILED),
        "rotated": (signed, {KEY_NAME: None}, Standing.CLAIMED),
        "unknown": (signed, {}, Standing.CLAIMED),
        "weak": (signed.replace(b"ed25519-sha256", b"rsa-sha1"), keys, Standing.CLAIMED),
        "faulty": (signed.replace(b"v=1;", b"v=3;"), keys, Standing.FAILED),
    }
    for text, known, standing in standings.values():
        [fact] = as_signatures(verify(text, known))
        assert (fact.domain, fact.standing) == ("west.example", standing)
    assert as_signatures(verify(b"DKIM-Signature: ;;\r\n\r\n", {})) == ()


def _signed_with(tags: bytes, message: bytes, key: Ed25519PrivateKey) -> bytes:
    """A signature with tags that ``sign`` does not write: made by hand from its parts."""
    body = relaxed_body(message.partition(b"\r\n\r\n")[2])
    length = int(tags.partition(b"l=")[2].rstrip(b";")) if b"l=" in tags else len(body)
    digest = b64encode(sha256(body[:length]).digest())
    field = b"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=west.example; s=s1; " + tags
    field += b" h=from; bh=" + digest + b"; b="
    author = next(line for line in message.split(b"\r\n") if line.startswith(b"From:"))
    text = relaxed_field(author) + b"\r\n" + relaxed_field(field)
    return field + b64encode(key.sign(sha256(text).digest())) + b"\r\n" + message


@given(data=st.data())
def test_one_changed_sign_in_what_is_signed_is_noticed(data: st.DataObject, signed: bytes, keys: Keys) -> None:
    """Any letter or digit of a signed field, of the body or of the signature's own tags, made another one."""
    skipped = range(signed.index(b" b=") + 3, signed.index(b"From:"))  # b= itself, and the trace field
    places = [at for at, octet in enumerate(signed) if chr(octet).isalnum() and octet < 128 and at not in skipped]
    at = data.draw(st.sampled_from(places))
    before = signed[at : at + 1]
    after = data.draw(st.sampled_from([b"0", b"7", b"a", b"q", b"X", b"!", b"\xe9", b"\x00"]))
    if after.lower() != before.lower():
        changed = signed[:at] + after + signed[at + 1 :]
        assert all(check.result is not Result.PASS for check in verify(changed, keys))
