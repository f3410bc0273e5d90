"""What is written can be read, and nobody can write into it."""

from hypothesis import given
from hypothesis import strategies as st

from comity.formats.authres import MethodResult, parse
from comity.formats.authres_writer import bears, written

_TEXT = st.text(max_size=40)


def test_results_are_read_back_as_they_were() -> None:
    """Method, result, reason, property, comment."""
    results = (
        MethodResult(method="spf", result="pass", properties={"smtp.mailfrom": "news@east.example"}),
        MethodResult(method="dkim", result="fail", reason="body-hash", properties={"header.d": "east.example"}),
        MethodResult(method="dmarc", result="fail", comment="p=reject", properties={"header.from": "east.example"}),
    )
    found = parse(" ".join(written("mx.west.example", results).split()))
    assert found is not None
    assert found.results == results


@given(st.lists(st.tuples(_TEXT, _TEXT, _TEXT), max_size=4))
def test_no_value_becomes_a_result_of_its_own(values: list[tuple[str, str, str]]) -> None:
    """Whatever a stranger put into an address, it stays where it is, on a line that may stand in a header."""
    results = [
        MethodResult(method="spf", result="none", reason=one, comment=two, properties={"smtp.mailfrom": three})
        for one, two, three in values
    ]
    text = written("mx.west.example", results)
    assert text.isascii()
    assert all(line.startswith("\t") for line in text.split("\n")[1:])
    found = parse(" ".join(text.split()))
    assert found is not None
    assert [(each.method, each.result) for each in found.results] == [("spf", "none")] * len(values)


def test_our_name_is_known_in_any_dress() -> None:
    """Case, comments, the final dot, a version; not another host, and not a name that only begins so."""
    ours = "mx.west.example"
    for each in (
        "MX.west.EXAMPLE; none",
        "mx.west.example. 1; none",
        "(a) mx.west.example ;x=y",
        '"mx.west.example"; none',
    ):
        assert bears(each, ours)
    for each in ("mx.west.example.evil.example; none", "spf=pass", "", "x mx.west.example"):
        assert not bears(each, ours)
