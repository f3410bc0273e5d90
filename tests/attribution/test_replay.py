"""A signature that holds, sent again by somebody else: what speaks for it, and what looks like it and is honest."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.attribution.origin import Vantage, origin_of
from comity.attribution.replay import Seen, graded
from comity.formats.mime import scan
from comity.model.origin import Origin, Replay, ReplayGrade, Standing

WHEN = "Fri, 1 May 2026 10:00:00 +0000"
AT = 1777629600  # the same moment in seconds
VANTAGE = Vantage(
    trusted_hosts=frozenset({"mx.west.example"}),
    own_domains=frozenset({"west.example"}),
    forwarders=("forward.college.example",),
)
MANY = Seen(mailboxes=3, networks=1)
SEVERAL = Seen(mailboxes=3, networks=2)


def _mail(
    *,
    to: str = "bob@elsewhere.example",
    signed: str = "from:to:cc:subject:date",
    spf: str = "pass smtp.mailfrom=b@bulk.example",
    host: str = "h.bulk.example",
    more: str = "",
    signed_at: int = AT - 60,
    top: str = "",
) -> bytes:
    """A mail in Ann's mailbox that good.example signed, and that a host of bulk.example handed over."""
    return (
        f"Delivered-To: ann@west.example\n{top}"
        f"Received: from x ({host} [192.0.2.7]) by mx.west.example (Postfix) with ESMTPS id 4F\n"
        f"\tfor <ann@west.example>; {WHEN}\n"
        f"Authentication-Results: mx.west.example; dkim=pass header.d=good.example header.s=s1; spf={spf}\n"
        f"DKIM-Signature: v=1; a=rsa-sha256; d=good.example; s=s1; t={signed_at}; h={signed}; bh=aGk=; b=QUJDREVGR0g=\n"
        f"{more}"
        f"From: News <news@good.example>\nTo: {to}\nDate: {WHEN}\nMessage-ID: <1@good.example>\nSubject: x\n\nhello\n"
    ).encode()


def _origin(data: bytes) -> Origin:
    origin = origin_of(scan(data), vantage=VANTAGE)
    assert origin.signatures[0].standing is Standing.TRUSTED
    return origin


def _replay(data: bytes, seen: Seen | None = None) -> Replay | None:
    return graded(_origin(data), lambda _: seen).signatures[0].replay


def _grade(data: bytes, seen: Seen | None = None) -> ReplayGrade | None:
    found = _replay(data, seen)
    return found and found.grade


# -- what speaks for it


def test_one_mail_to_somebody_else_is_suspected() -> None:
    """The signed To names another person, and neither SPF nor the host has to do with the signer."""
    found = _replay(_mail())
    assert found is not None
    assert found.grade is ReplayGrade.SUSPECTED
    assert found.reasons == ("not-addressed", "handed-over-elsewhere")


@pytest.mark.parametrize("seen", [MANY, Seen(mailboxes=2, networks=2)])
def test_the_same_signature_in_many_mailboxes_is_likely(seen: Seen) -> None:
    """Nobody whom it names is among three mailboxes, or it came out of two networks."""
    assert _grade(_mail(), seen) is ReplayGrade.LIKELY


@pytest.mark.parametrize(
    "old",
    [
        _mail(signed_at=AT - 6 * 86400),
        _mail(signed_at=AT - 86400).replace(b"; h=", b"; x=%d; h=" % (AT - 3600)),
        _mail().replace(b"t=%d; " % (AT - 60), b"").replace(b"Date: Fri, 1 May", b"Date: Fri, 24 Apr"),
    ],
)
def test_an_old_signature_is_likely(old: bytes) -> None:
    """No mail host tries for five days: by t=, by x=, or by a signed Date."""
    assert _grade(old) is ReplayGrade.LIKELY


def test_addressees_that_nobody_signed_prove_little() -> None:
    """Whoever replays can write them; a service that does not sign To is no replay either, but from several networks it is."""
    unsigned = _mail(to="ann@west.example", signed="from:subject")
    assert _grade(unsigned) is None
    assert _grade(unsigned, MANY) is ReplayGrade.SUSPECTED
    assert _grade(unsigned, SEVERAL) is ReplayGrade.LIKELY


def test_a_second_to_on_top_is_not_signed() -> None:
    """A To that was put above the signed one says nothing about whom the signer wrote to."""
    added = _mail(more="To: ann@west.example\n")
    assert _grade(added, SEVERAL) is ReplayGrade.LIKELY


# -- what looks like it


@pytest.mark.parametrize(
    "honest",
    [
        _mail(to="Ann <ann+shop@WEST.example>"),
        _mail(to="bob@elsewhere.example, ann@west.example"),
        _mail(more="Cc: ann@west.example\n"),
        _mail(to="sales@west.example", top="X-Original-To: sales@west.example\n"),
    ],
)
def test_whom_the_signer_wrote_to_is_no_stranger(honest: bytes) -> None:
    """Named in a signed To or Cc, with a tag, or by another name that our host noted: wherever it came from."""
    assert _replay(honest, SEVERAL) is None


@pytest.mark.parametrize(
    "own", [_mail(spf="pass smtp.mailfrom=b@mail.good.example"), _mail(host="out1.good.example", spf="none")]
)
def test_what_the_signer_handed_over_itself_is_its_own(own: bytes) -> None:
    """A blind copy names nobody: it came from the signer's own hosts."""
    assert _replay(own, SEVERAL) is None


@pytest.mark.parametrize(
    "passed_on",
    [
        _mail(more="List-Id: Garden <garden.bulk.example>\n"),
        _mail(more="ARC-Seal: i=1; a=rsa-sha256; cv=none; d=bulk.example; s=a; b=eA==\n"),
        _mail(more="Resent-From: kim@bulk.example\nResent-To: ann@west.example\n"),
        _mail(top="Return-Path: <SRS0=ab=cd=good.example=b@bulk.example>\n"),
    ],
)
def test_a_list_or_a_forwarder_is_no_replay(passed_on: bytes) -> None:
    """Its mark counts because its own host handed the mail over; seen in many mailboxes out of several networks, it is doubted."""
    assert _grade(passed_on) is None
    assert _grade(passed_on, MANY) is None
    assert _grade(passed_on, SEVERAL) is ReplayGrade.SUSPECTED


def test_a_mark_of_somebody_else_does_not_help() -> None:
    """A List-Id of a domain that did not hand the mail over is a word that anybody can write."""
    assert _grade(_mail(more="List-Id: <garden.honest.example>\n"), MANY) is ReplayGrade.LIKELY


def test_a_declared_forwarder_is_no_replay() -> None:
    """Its address is the one that the signer wrote to, or one that only it knows."""
    hop = (
        "Received: from f (forward.college.example [203.0.113.4]) by mx.west.example (Postfix) with ESMTP id 2; " + WHEN
    )
    data = _mail(to="kim@college.example").replace(b"by mx.west.example", b"by forward.college.example")
    data = data.replace(b"Delivered-To: ann@west.example\n", f"Delivered-To: ann@west.example\n{hop}\n".encode())
    noted = data.index(b"Authentication-Results"), data.index(b"DKIM-Signature")
    data = data[noted[0] : noted[1]] + data[: noted[0]] + data[noted[1] :]
    assert _grade(data, MANY) is None


def test_an_alias_is_no_replay() -> None:
    """Another mailbox of ours in To may be an alias that leads to many; out of several networks it is one no more."""
    alias = _mail(to="everybody@west.example")
    assert _grade(alias) is None
    assert _grade(alias, MANY) is ReplayGrade.SUSPECTED
    assert _grade(alias, SEVERAL) is ReplayGrade.LIKELY


def test_what_nobody_noted_proves_nothing() -> None:
    """Without SPF and without a confirmed name nobody knows whether the signer handed it over."""
    assert _grade(_mail(spf="none", host="unknown")) is None
    assert _grade(_mail(spf="none", host="unknown"), SEVERAL) is ReplayGrade.SUSPECTED


def test_without_a_mailbox_nothing_is_said() -> None:
    """Whether somebody was addressed cannot be told of nobody."""
    data = _mail().replace(b"Delivered-To: ann@west.example\n", b"").replace(b"\n\tfor <ann@west.example>", b"")
    assert _replay(data, SEVERAL) is None


def test_a_signature_is_known_again_by_itself() -> None:
    """The same signature in two mailboxes has one hash, however it is folded; another one has another."""
    first = _replay(_mail())
    folded = _replay(_mail().replace(b"b=QUJDREVG", b"b=QUJD\n\tREVG").replace(b"ann@", b"carl@"))
    other = _replay(_mail().replace(b"b=QUJDREVGR0g=", b"b=QUJDREVGR0k="))
    assert first is not None
    assert folded is not None
    assert other is not None
    assert first.signature == folded.signature != other.signature


@given(st.binary(max_size=300), st.sampled_from(["to", "cc", "list-id", "arc-seal", "resent-from", "received"]))
def test_any_header_is_answered(value: bytes, name: str) -> None:
    """Whatever stands in the fields that are asked, nothing is raised."""
    data = name.encode() + b": " + value.replace(b"\n", b" ") + b"\n" + _mail()
    origin = origin_of(scan(data), vantage=VANTAGE)
    assert graded(origin, lambda _: SEVERAL) == graded(graded(origin, lambda _: SEVERAL), lambda _: SEVERAL)
    assert replace(origin) == origin
