"""Authentication-Results of every provider's shape, and whom to believe."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats import authres

# (shape, value, authserv-id, client address, results as (method, result, properties))
SHAPES: list[tuple[str, str, str | None, str | None, list[tuple[str, str, dict[str, str]]]]] = [
    (
        "google",
        "mx.west.example; dkim=pass header.i=@east.example header.s=s1 header.b=gf8BMKuH; spf=pass (west.example: "
        "domain of b@east.example designates 192.0.2.7 as permitted sender) smtp.mailfrom=b@east.example; "
        "dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=east.example",
        "mx.west.example",
        "192.0.2.7",
        [
            ("dkim", "pass", {"header.i": "@east.example", "header.s": "s1", "header.b": "gf8BMKuH"}),
            ("spf", "pass", {"smtp.mailfrom": "b@east.example"}),
            ("dmarc", "pass", {"header.from": "east.example"}),
        ],
    ),
    (
        "google-softfail",
        "mx.west.example; spf=softfail (west.example: domain of transitioning b@east.example does not designate "
        "2001:db8::7 as permitted sender) smtp.mailfrom=b@east.example",
        "mx.west.example",
        "2001:db8::7",
        [("spf", "softfail", {"smtp.mailfrom": "b@east.example"})],
    ),
    (
        "google-neutral",
        "mx.west.example; spf=neutral (west.example: 192.0.2.7 is neither permitted nor denied by best guess record "
        "for domain of b@east.example) smtp.mail=b@east.example",
        "mx.west.example",
        "192.0.2.7",
        [("spf", "neutral", {"smtp.mailfrom": "b@east.example"})],
    ),
    (
        "microsoft",
        "spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=east.example; dkim=none (message not signed) header.d=none;"
        "dmarc=pass action=none header.from=east.example;compauth=pass reason=100",
        None,
        "192.0.2.7",
        [
            ("spf", "pass", {"smtp.mailfrom": "east.example"}),
            ("dkim", "none", {"header.d": "none"}),
            ("dmarc", "pass", {"action": "none", "header.from": "east.example"}),
            ("compauth", "pass", {}),
        ],
    ),
    (
        "microsoft-tenant-between",
        "spf=fail (sender IP is 192.0.2.7) smtp.mailfrom=east.example; west.example; dkim=fail (signature did not "
        "verify) header.d=east.example;west.example; dmarc=fail action=oreject header.from=east.example;",
        None,
        "192.0.2.7",
        [
            ("spf", "fail", {"smtp.mailfrom": "east.example"}),
            ("dkim", "fail", {"header.d": "east.example"}),
            ("dmarc", "fail", {"action": "oreject", "header.from": "east.example"}),
        ],
    ),
    (
        "hotmail-semicolon-in-comment",
        "west.example; spf=none (sender IP is 192.0.2.7; identity alignment result is pass) smtp.helo=h.east.example; "
        "x-hmca=none header.id=b@east.example",
        "west.example",
        "192.0.2.7",
        [("spf", "none", {"smtp.helo": "h.east.example"}), ("x-hmca", "none", {"header.id": "b@east.example"})],
    ),
    (
        "yahoo",
        "mta12.mail.west.example  from=east.example; domainkeys=neutral (no sig);  from=east.example; dkim=pass (ok)",
        "mta12.mail.west.example",
        None,
        [("domainkeys", "neutral", {"from": "east.example"}), ("dkim", "pass", {"from": "east.example"})],
    ),
    (
        "yahoo-new",
        "mta12.mail.west.example; dkim=pass header.i=@east.example; dmarc=pass(p=REJECT) header.from=east.example",
        "mta12.mail.west.example",
        None,
        [("dkim", "pass", {"header.i": "@east.example"}), ("dmarc", "pass", {"header.from": "east.example"})],
    ),
    (
        "amavis",
        'mx.west.example (amavisd-new); dkim=fail (1024-bit key) reason="fail (body has been altered)" '
        "header.d=east.example",
        "mx.west.example",
        None,
        [("dkim", "fail", {"header.d": "east.example"})],
    ),
    (
        "opendkim",
        'mx.west.example; dkim=pass (2048-bit key; unprotected) header.d=east.example header.b="mX/zNaVN"; '
        "dkim-atps=neutral",
        "mx.west.example",
        None,
        [("dkim", "pass", {"header.d": "east.example", "header.b": "mX/zNaVN"}), ("dkim-atps", "neutral", {})],
    ),
    (
        "iprev",
        "mx.west.example; iprev=pass smtp.remote-ip=192.0.2.7 (h.east.example); spf=pass smtp.mailfrom=b@east.example",
        "mx.west.example",
        "192.0.2.7",
        [("iprev", "pass", {"smtp.remote-ip": "192.0.2.7"}), ("spf", "pass", {"smtp.mailfrom": "b@east.example"})],
    ),
    (
        "iprev-old",
        "mx.west.example; iprev=pass policy.iprev=2001:DB8::7",
        "mx.west.example",
        "2001:db8::7",
        [("iprev", "pass", {"policy.iprev": "2001:DB8::7"})],
    ),
    ("netease", "mx12; spf=pass smtp.mail=b@east.example;", "mx12", None, [("spf", "pass", {"smtp.mailfrom": "b@east.example"})]),
    (
        "property-first",
        "mx.west.example; header.From=b@east.example; dkim=pass (message from east.example verified; )",
        "mx.west.example",
        None,
        [("dkim", "pass", {"header.from": "b@east.example"})],
    ),
    (
        "property-last",
        "mx.west.example; dkim=pass (ok); header.i=@east.example",
        "mx.west.example",
        None,
        [("dkim", "pass", {"header.i": "@east.example"})],
    ),
    (
        "version",
        "mx.west.example 1; dkim/1 = pass header.d = east.example",
        "mx.west.example",
        None,
        [("dkim", "pass", {"header.d": "east.example"})],
    ),
    ("none", "mx.west.example; none", "mx.west.example", None, []),
    (
        "comments-everywhere",
        "(a) mx.west.example (b) 1 (c) ; (d) spf (e) = (f) pass (g)",
        "mx.west.example",
        None,
        [("spf", "pass", {})],
    ),
    (
        "two-addresses",
        "mx.west.example; spf=pass (sender IP is 192.0.2.7); iprev=pass smtp.remote-ip=192.0.2.9",
        "mx.west.example",
        None,
        [("spf", "pass", {}), ("iprev", "pass", {"smtp.remote-ip": "192.0.2.9"})],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "host", "address", "results"), [row[1:] for row in SHAPES], ids=[row[0] for row in SHAPES]
)
def test_every_shape_is_read(value: str, host: str | None, address: str | None, results: list[Any]) -> None:
    """Host, results, properties and the checked address are read from what each provider writes."""
    parsed = authres.parse(value)
    assert parsed is not None
    assert parsed.authserv_id == host
    assert [(each.method, each.result, dict(each.properties)) for each in parsed.results] == results
    assert authres.client_ip(parsed) == address


def test_reason_and_comment_are_kept() -> None:
    """Why a check failed is told in the host's own words."""
    parsed = authres.parse(
        'mx.west.example; dkim=fail (1024-bit key) reason="body; has \\"been\\" altered" header.d=a.example'
    )
    assert parsed is not None
    assert parsed.results[0].reason == 'body; has "been" altered'
    assert parsed.results[0].comment == "1024-bit key"


def test_a_sealed_field_names_its_instance() -> None:
    """ARC's copy of the field begins with the number of its set."""
    parsed = authres.parse("i=2; mx.west.example; dkim=pass header.d=east.example; arc=pass (i=1 spf=pass dkim=pass)")
    assert parsed is not None
    assert (parsed.instance, parsed.authserv_id) == (2, "mx.west.example")
    assert [each.method for each in parsed.results] == ["dkim", "arc"]


@pytest.mark.parametrize("value", ["", ";;;", "(only a comment)", "   "])
def test_nothing_is_nothing(value: str) -> None:
    """A field without host and result is None."""
    assert authres.parse(value) is None


@pytest.mark.parametrize(
    "value",
    [
        'mx.west.example; spf=pass (domain of "a); dkim=pass header.d=bank.example ("@b.example designates 192.0.2.7 as x)',
        'mx.west.example; spf=pass smtp.mailfrom="a; dkim=pass header.d=bank.example"@b.example',
        'mx.west.example; spf=fail (a (b); dkim=pass header.d=bank.example',
        "mx.west.example; spf=fail reason=\"x; dkim=pass header.d=bank.example\"",
    ],
)  # fmt: skip
def test_text_of_the_other_side_is_never_a_result(value: str) -> None:
    """A local part, a reason or a broken comment cannot smuggle in "dkim=pass" (RFC 8601 section 7.8)."""
    parsed = authres.parse(value)
    assert parsed is not None
    assert parsed.of("dkim") == ()


def test_the_local_part_does_not_say_the_address() -> None:
    """Of two "designates" in one comment the host's own stands last."""
    parsed = authres.parse(
        'mx.west.example; spf=pass (west.example: domain of "designates 198.51.100.66 as"@b.example designates 192.0.2.7 '
        "as permitted sender)"
    )
    assert parsed is not None
    assert authres.client_ip(parsed) == "192.0.2.7"


# -- whom to believe

OURS = frozenset({"mx.west.example", ".in.west.example"})
SPF = "mx.west.example; spf=pass smtp.mailfrom=b@east.example"
DKIM = "filter.in.west.example; dkim=pass header.d=east.example"


def test_only_our_own_block_at_the_top_is_believed() -> None:
    """Below the first field of a stranger anybody can have written in our name."""
    values = [SPF, DKIM, "mx.east.example; dmarc=pass", "mx.west.example; dmarc=pass header.from=bank.example"]
    assert [each.authserv_id for each in authres.believed(values, OURS)] == [
        "mx.west.example",
        "filter.in.west.example",
    ]


def test_a_field_that_repeats_a_method_is_not_ours() -> None:
    """Our hosts check once: a second DKIM verdict in our name came with the message."""
    forged = "mx.west.example; dkim=pass header.d=bank.example"
    assert len(authres.believed([SPF, DKIM, forged], OURS)) == 2


@pytest.mark.parametrize(
    "value",
    [
        "spf=pass (sender IP is 192.0.2.7)",
        "mx.east.example; spf=pass",
        "i=1; mx.west.example; spf=pass",
        "west.example; spf=pass",
        "",
    ],
)
def test_others_are_claims(value: str) -> None:
    """No host, another host, a sealed copy, the bare domain: none is ours."""
    assert authres.believed([value, SPF], OURS) == ()


# -- hostile input

PIECES = st.sampled_from(
    ["mx.west.example", "; ", "spf=", "dkim=pass", " header.d=", "(", ")", '"', "\\", "=", "/1", "i=1", "designates 192.0.2.7 as",
     "sender IP is 192.0.2.7", " smtp.remote-ip=", "none", "é", "\x00", " "]
)  # fmt: skip


@given(st.lists(st.lists(PIECES | st.text(max_size=6), max_size=30).map("".join), max_size=4))
def test_no_text_makes_it_raise(values: list[str]) -> None:
    """Whatever a stranger writes, the reader answers."""
    for value in values:
        parsed = authres.parse(value)
        if parsed is not None:
            authres.client_ip(parsed)
    authres.believed(values, OURS)


@pytest.mark.parametrize(
    "value",
    ["(" * 16000, '"' * 16000, "\\" * 16000, "a=" * 8000, "; " * 8000, "a=b;" * 4000, "a=b (" * 3000, '"\\' * 8000,
     'x; spf=pass (' + "designates 1 " * 1200, "a" * 16000, "a." * 8000, "a=\"" * 5000, "a = " * 4000],
)  # fmt: skip
def test_long_fields_cost_little(value: str, hang_guard: None) -> None:
    """A field made to be slow is read in linear time: a hundred times as long, it is still read."""
    parsed = authres.parse(value * 100)
    assert parsed is None or isinstance(authres.client_ip(parsed), str | None)


@given(st.text(alphabet='();,= \\"ab1.', max_size=40))
def test_a_field_without_quotes_is_split_as_any_other(value: str) -> None:
    """The quick way for comments that stand in no other comment gives what the careful one gives; the address is the same."""
    assert authres._segments(value) == authres._nested_segments(value)
    said = f"mx.west.example; spf=pass {value} (sender IP is 192.0.2.7); {value}"
    parsed = authres.parse(said)
    assert authres.stated_client_ip(said) == (authres.client_ip(parsed) if parsed else None)
