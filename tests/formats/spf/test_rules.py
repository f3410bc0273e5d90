"""What RFC 7208 says, case by case: a small DNS, a mail, an answer. The cases follow the RFC's own test suite, written anew."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.dns_answers import FAILED, NO_SUCH_NAME, NOTHING, DnsAnswer, DnsQuestion, Kind, driven
from comity.formats.spf import Sent, SpfCheck, check, check_helo
from comity.formats.spf.macros import expanded, is_domain_spec, is_macro_string, values
from comity.formats.spf.record import read_record

Zone = Mapping[str, str | DnsAnswer]
HERE = "192.0.2.7"
V6 = "2001:db8::7"
ADDRESS = {"A here.example": HERE, "AAAA here.example": V6, "A other.example": "198.51.100.1"}
EMPTY = {f"A v{number}.example": NOTHING for number in range(4)}
LOOKUPS = {f"A h{number}.example": "198.51.100.1" for number in range(12)}


def _find(zone: Zone, question: DnsQuestion) -> DnsAnswer:
    said = zone.get(f"{question.kind} {question.name}", NO_SUCH_NAME)
    return said if isinstance(said, DnsAnswer) else DnsAnswer(records=tuple(said.split("|")))


def _check(
    record: str | DnsAnswer,
    zone: Zone,
    *,
    client: str = HERE,
    sender: str = "a@east.example",
    helo: str = "mx.east.example",
) -> SpfCheck:
    whole = {"TXT east.example": record, **zone}
    return driven(check(Sent(client_ip=client, envelope_from=sender, helo=helo)), lambda asked: _find(whole, asked))


@pytest.mark.parametrize(
    ("record", "zone", "result", "reason"),
    [
        # which record counts (section 4.5)
        ("v=spf1", {}, "neutral", "no-match"),
        ("V=SPF1 +ALL", {}, "pass", None),
        ("v=spf10 -all", {}, "none", "no-record"),
        (NO_SUCH_NAME, {}, "none", "no-record"),
        (FAILED, {}, "temperror", "dns"),
        ("v=spf1 +all|v=spf1 -all", {}, "permerror", "several-records"),
        ("a note|v=spf1 +all", {}, "pass", None),
        # the form as a whole (4.6.1): an error anywhere spoils even what would match before it
        ("v=spf1 +all moo", {}, "permerror", "syntax"),
        ("v=spf1 -all:east.example", {}, "permerror", "syntax"),
        ("v=spf1 -all/8", {}, "permerror", "syntax"),
        ("v=spf1 ip4:192.0.2.7 \u00a0-all", {}, "permerror", "syntax"),
        ("v=spf1 redirect=a.example redirect=a.example", {}, "permerror", "syntax"),
        ("v=spf1 exp=%{d} exp=b.example", {}, "permerror", "syntax"),
        ("v=spf1 default=pass -all", {}, "fail", "all"),
        ("v=spf1 moo.cow-far_out=man:dog/cat -all", {}, "fail", "all"),
        ("v=spf1 moo=%abc -all", {}, "permerror", "syntax"),
        ("v=spf1  ip4:192.0.2.7  -all  ", {}, "pass", None),
        # qualifiers (4.6.2)
        ("v=spf1 -all", {}, "fail", "all"),
        ("v=spf1 ~all", {}, "softfail", "all"),
        ("v=spf1 ?all", {}, "neutral", "all"),
        # ip4, ip6 (5.6)
        ("v=spf1 ip4:192.0.2.0/24 -all", {}, "pass", None),
        ("v=spf1 ip4:192.0.2.6 -all", {}, "fail", "all"),
        ("v=spf1 ip4:0.0.0.0/0 -all", {}, "pass", None),
        ("v=spf1 ip4:192.0.2.7/33", {}, "permerror", "syntax"),
        ("v=spf1 ip4:192.0.2.7/032", {}, "permerror", "syntax"),
        ("v=spf1 ip4:192.0.2.7//32", {}, "permerror", "syntax"),
        ("v=spf1 ip4", {}, "permerror", "syntax"),
        ("v=spf1 ip4:192.0.2", {}, "permerror", "syntax"),
        ("v=spf1 ip4:192.0.2.7:8080", {}, "permerror", "syntax"),
        ("v=spf1 ip6:::192.0.2.7/0 -all", {}, "fail", "all"),
        ("v=spf1 ip6:2001:db8::/129", {}, "permerror", "syntax"),
        ("v=spf1 ip6", {}, "permerror", "syntax"),
        # a (5.3)
        ("v=spf1 a -all", {"A east.example": HERE}, "pass", None),
        ("v=spf1 a:here.example -all", ADDRESS, "pass", None),
        ("v=spf1 a:other.example/0 -all", ADDRESS, "pass", None),
        ("v=spf1 a:other.example/0//0 -all", ADDRESS, "pass", None),
        ("v=spf1 a/33", {}, "permerror", "syntax"),
        ("v=spf1 a//129", {}, "permerror", "syntax"),
        ("v=spf1 a/", {}, "permerror", "syntax"),
        ("v=spf1 a:", {}, "permerror", "syntax"),
        ("v=spf1 a:museum", {}, "permerror", "syntax"),
        ("v=spf1 a:111.222.33.44", {}, "permerror", "syntax"),
        ("v=spf1 a:foo:bar.example", {}, "neutral", "no-match"),
        ("v=spf1 a:foo-bar -all", {}, "permerror", "syntax"),
        ("v=spf1 a:here.example -all", {"A here.example": FAILED}, "temperror", "dns"),
        ("v=spf1 a:here.example -all", {"A here.example": NOTHING}, "fail", "all"),
        # mx (5.4)
        ("v=spf1 mx -all", {"MX east.example": "other.example|here.example", **ADDRESS}, "pass", None),
        ("v=spf1 mx:here.example -all", ADDRESS, "fail", "all"),  # an address alone is no MX
        ("v=spf1 mx/0 -all", {"MX east.example": "other.example", **ADDRESS}, "pass", None),
        ("v=spf1 mx -all", {"MX east.example": "|".join(f"h{n}.example" for n in range(11))}, "permerror", "mx-limit"),
        ("v=spf1 mx -all", {"MX east.example": "|".join(f"h{n}.example" for n in range(10)), **LOOKUPS}, "fail", "all"),
        # ptr (5.5)
        ("v=spf1 ptr -all", {f"PTR {HERE}": "mx.east.example", "A mx.east.example": HERE}, "pass", None),
        ("v=spf1 ptr -all", {f"PTR {HERE}": "mx.east.example", "A mx.east.example": "198.51.100.1"}, "fail", "all"),
        ("v=spf1 ptr:north.example -all", {f"PTR {HERE}": "mx.east.example", "A mx.east.example": HERE}, "fail", "all"),
        ("v=spf1 ptr -all", {f"PTR {HERE}": FAILED}, "fail", "all"),
        ("v=spf1 ptr:0.0.0.0 -all", {}, "permerror", "syntax"),
        # exists (5.7): an A record, whatever it says, for a client of either kind
        ("v=spf1 exists:here.example -all", ADDRESS, "pass", None),
        ("v=spf1 exists:none.example -all", {}, "fail", "all"),
        ("v=spf1 exists:", {}, "permerror", "syntax"),
        ("v=spf1 exists", {}, "permerror", "syntax"),
        ("v=spf1 exists:here.example/24", {}, "permerror", "syntax"),
        # include (5.2)
        ("v=spf1 include:p.example -all", {"TXT p.example": "v=spf1 ip4:192.0.2.7 -all"}, "pass", None),
        ("v=spf1 include:p.example ~all", {"TXT p.example": "v=spf1 -all"}, "softfail", "all"),
        ("v=spf1 include:p.example ~all", {"TXT p.example": "v=spf1 ?all"}, "softfail", "all"),
        ("v=spf1 include:p.example -all", {}, "permerror", "include-without-record"),
        ("v=spf1 include:p.example -all", {"TXT p.example": "v=spf1 moo"}, "permerror", "syntax"),
        ("v=spf1 include:p.example -all", {"TXT p.example": FAILED}, "temperror", "dns"),
        ("v=spf1 -include:p.example +all", {"TXT p.example": "v=spf1 +all"}, "fail", "include"),
        ("v=spf1 include", {}, "permerror", "syntax"),
        # redirect (6.1)
        ("v=spf1 redirect=p.example", {"TXT p.example": "v=spf1 ip4:192.0.2.7 -all"}, "pass", None),
        ("v=spf1 redirect=p.example", {}, "permerror", "redirect-without-record"),
        ("v=spf1 redirect=p.example ?all", {"TXT p.example": "v=spf1 -all"}, "neutral", "all"),
        ("v=spf1 redirect=", {}, "permerror", "syntax"),
        # limits (4.6.4)
        ("v=spf1 include:east.example -all", {}, "permerror", "lookup-limit"),
        ("v=spf1 redirect=east.example", {}, "permerror", "lookup-limit"),
        ("v=spf1 " + " ".join(f"a:h{n}.example" for n in range(10)) + " ?all", LOOKUPS, "neutral", "all"),
        ("v=spf1 " + " ".join(f"a:h{n}.example" for n in range(11)) + " ?all", LOOKUPS, "permerror", "lookup-limit"),
        ("v=spf1 a:v0.example a:v1.example ?all", EMPTY, "neutral", "all"),
        ("v=spf1 a:v0.example a:v1.example exists:v2.example ?all", EMPTY, "permerror", "void-lookup-limit"),
        ("v=spf1 ip4:192.0.2.7 a:v0.example a:v1.example a:v2.example -all", EMPTY, "pass", None),
    ],
)  # fmt: skip
def test_a_record_is_read_as_the_rfc_says(record: str | DnsAnswer, zone: Zone, result: str, reason: str | None) -> None:
    """Each rule has a record that shows it; the reason names what decided."""
    found = _check(record, zone)
    assert found.result.value == result
    assert reason is None or found.reason == reason


@pytest.mark.parametrize(
    ("record", "client", "result"),
    [
        ("v=spf1 ip6:2001:db8::/32 -all", V6, "pass"),
        ("v=spf1 ip4:0.0.0.0/0 -all", V6, "fail"),
        ("v=spf1 a:here.example -all", V6, "pass"),
        ("v=spf1 a:here.example//120 -all", "2001:db8::70", "pass"),
        ("v=spf1 a:here.example/0 -all", "2001:db8::8", "fail"),
        ("v=spf1 exists:%{ir}.%{v}.here.example -all", HERE, "pass"),
        ("v=spf1 ip4:192.0.2.7 -all", f"::ffff:{HERE}", "pass"),
        ("v=spf1 ip6:::ffff:0:0/96 -all", f"::ffff:{HERE}", "fail"),
    ],
)
def test_a_client_of_either_kind(record: str, client: str, result: str) -> None:
    """IPv6 is asked for as IPv6; an IPv4 address in IPv6 clothes is an IPv4 address."""
    zone = {**ADDRESS, "A 7.2.0.192.in-addr.here.example": "127.0.0.2"}
    assert _check(record, zone, client=client).result.value == result


@pytest.mark.parametrize(
    ("sender", "domain"),
    [
        ("a@east.example", "east.example"),
        ("@east.example", "east.example"),
        ("A@EAST.example", "east.example"),
        ("a@east.example.", "east.example"),
        ("", "mx.east.example"),
        ("<>", "mx.east.example"),
    ],
)
def test_which_domain_is_checked(sender: str, domain: str) -> None:
    """That of the envelope address; what the client calls itself where there is none (section 2.4)."""
    assert _check("v=spf1 -all", {"TXT mx.east.example": "v=spf1 -all"}, sender=sender).domain == domain


@pytest.mark.parametrize(
    "domain", ["[192.0.2.7]", "localhost", "a..example", "x" * 64 + ".example", "x." * 140 + "example", ""]
)
def test_what_is_no_domain_has_no_policy(domain: str) -> None:
    """Section 4.3: nobody is asked."""
    sent = Sent(client_ip=HERE, envelope_from=f"a@{domain}", helo="mx.east.example")
    with pytest.raises(StopIteration) as end:
        next(check(sent))
    assert (end.value.value.result.value, end.value.value.reason) == ("none", "no-domain")


def test_the_name_of_a_client_is_checked_by_itself() -> None:
    """HELO is an identity of its own."""
    sent = Sent(client_ip=HERE, envelope_from="a@east.example", helo="mx.east.example")
    zone = {"TXT mx.east.example": "v=spf1 a -all", "A mx.east.example": HERE}
    found = driven(check_helo(sent), lambda asked: _find(zone, asked))
    assert (found.result.value, found.scope) == ("pass", "helo")


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
        ("%{S}.x", "strong-bad%40email.example.com.x"),
        ("a%%b%_c%-d.x", "a%b c%20d.x"),
    ],
)
def test_macros_expand_as_in_the_rfc(spec: str, name: str) -> None:
    """The examples of section 7.4."""
    letters = values("strong-bad@email.example.com", "email.example.com", "192.0.2.3", helo="mx.example.org")
    assert expanded(spec, letters) == name


def test_an_ipv6_client_is_spelt_out() -> None:
    """Every digit of it, with dots between (section 7.3)."""
    letters = values("a@e.example", "e.example", "2001:db8::cb01", helo="x")
    assert expanded("%{ir}.%{v}", letters) == "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6"


def test_a_name_that_is_too_long_loses_labels_on_its_left() -> None:
    """At most 253 characters are asked for."""
    name = expanded("%{l}.%{d}", values("x" * 60 + ".y" * 100 + "@e.example", "e.example", HERE, helo="h"))
    assert len(name) <= 253
    assert name.endswith(".y.e.example")


@pytest.mark.parametrize("label", ["a", "ab", "1" * 63, "x" * 253, "x" * 254, ""])
def test_labels_go_one_by_one_until_the_name_is_short_enough(label: str) -> None:
    """As many as there are, and at the cost of one look: a HELO of hundreds of thousands of labels took seconds."""
    for count in (1, 4, 126, 127, 128, 300):
        helo = ".".join([label] * count)
        left = helo.removesuffix(".")
        while len(left) > 253:
            left = left.partition(".")[2]
        assert expanded("%{h}", values("a@e.example", "e.example", HERE, helo=helo)) == left


def test_the_verified_name_of_a_client() -> None:
    """``%{p}``: one that leads back to it, that of the domain before others; else ``unknown``."""
    zone = {
        f"PTR {HERE}": "a.north.example|mx.east.example",
        "A a.north.example": HERE,
        "A mx.east.example": HERE,
        "A mx.east.example.yes.example": "127.0.0.2",
        "A unknown.yes.example": "127.0.0.2",
    }
    assert _check("v=spf1 exists:%{p}.yes.example -all", zone).result.value == "pass"
    del zone["A mx.east.example.yes.example"], zone[f"PTR {HERE}"]
    assert _check("v=spf1 exists:%{p}.yes.example -all", zone).result.value == "pass"


@pytest.mark.parametrize("text", ["%", "%{", "%{d", "%{x}", "%{c}", "%{d0}", "%{d}%", "%a", "a b"])
def test_what_is_no_macro_string(text: str) -> None:
    """A lone % and letters that belong to explanations are errors."""
    assert not is_macro_string(text)


@pytest.mark.parametrize(
    "text", ["east.example", "east.example.", "%{d}", "_spf.%{d2}", "%{i}.x-y.example", "a.xn--fiqs8s", "abc.1a"]
)
def test_what_is_a_domain_spec(text: str) -> None:
    """It ends with a label that could be one, or with a macro."""
    assert is_domain_spec(text)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=120), st.integers(0, 9))
def test_no_record_makes_a_check_raise_or_ask_for_ever(text: str, seed: int) -> None:
    """Whatever stands in a record, there is an answer after at most 111 questions."""
    asked: list[DnsQuestion] = []
    answers = [NOTHING, NO_SUCH_NAME, FAILED, DnsAnswer(records=(HERE,)), DnsAnswer(records=("east.example",) * 12)]

    def find(question: DnsQuestion) -> DnsAnswer:
        asked.append(question)
        if question.kind is Kind.TXT:
            return DnsAnswer(records=(f"v=spf1 {text}",))
        return answers[(seed + len(asked)) % len(answers)]

    driven(check(Sent(client_ip=HERE, envelope_from="a@east.example", helo="h.example")), find)
    assert len(asked) <= 130


@given(st.text(max_size=300))
def test_any_text_is_a_record_or_is_not(text: str) -> None:
    """Reading never raises."""
    read_record(text)
