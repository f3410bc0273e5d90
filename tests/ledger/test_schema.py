"""What a leaf may say: each field of each type, held against everything that is not it."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.ledger import leaf, schema

SECOND = 1_790_000_000
DIGEST = "0a" * 32
FRAME: dict[str, Any] = {"id": "r1", "observed": SECOND, "submitted": SECOND, "payload_commit": DIGEST}
REPORT: dict[str, Any] = {
    "class": "complaint", "definition": "d", "role": "mailbox", "source": {"ip": "192.0.2.1", "dkim": "a.example"}, "tier": "T1",
    "tlp": "TLP:GREEN", "agreement": 1, "terms": DIGEST, "recipient": "x", "mail": {"raw": "said"},
}  # fmt: skip
SIGNAL: dict[str, Any] = {"signal": "s1", "step": "proposed", "kind": "address", "sha256": DIGEST}
GOOD: dict[str, dict[str, Any]] = {
    "report": FRAME | REPORT,
    "not-spam": FRAME | REPORT,
    "outcome": FRAME | {"report": "r0", "outcome": "stopped"},
    "retract": FRAME | {"report": "r0", "reason": "not spam"},
    "key": FRAME | {"statement": "s" * 3000},
    "signal": FRAME | SIGNAL,
    "agreement": FRAME | {"act": "propose", "version": 1, "sha256": DIGEST},
}
MAY_BE_NULL = {"observed", "payload_commit", "definition", "role", "tier", "tlp", "agreement", "terms", "recipient"}
TEXT = (7, True, "", "x" * 501, "a\nb", "a\u0000", [], {}, ["x"])
NUMBER = (-1, True, 1.5, "1", [], {})
BAD: dict[str, Sequence[Any]] = {
    **dict.fromkeys(("id", "class", "definition", "role", "recipient", "report", "outcome", "reason", "signal", "kind"), TEXT),
    **dict.fromkeys(("observed", "submitted"), (*NUMBER, 1 << 40)),
    **dict.fromkeys(("agreement", "version"), NUMBER),
    **dict.fromkeys(("payload_commit", "terms", "sha256"), ("", DIGEST[:-1], f"{DIGEST}0", DIGEST.upper(), 7, ["0"] * 64)),
    "statement": ["", "x" * 3001, 7, ["x"]],
    "tier": ["T4", "", 1, "t1"],
    "tlp": ["TLP:WHITE", "GREEN", 1],
    "step": ["sung", "", 1],
    "act": ["sing", "", 1],
    "mail": [None, 7, [], "x", {"": "x"}, {"raw": ""}, {"raw": 7}, {"raw": "x" * 3001}, {"a\nb": "x"}],
    "source": [
        None, 7, [], "x", {}, {"ip": None}, {"dkim": None}, {"ip": None, "dkim": None, "who": "x"}, ["ip", "dkim"],
        {"ip": "192.0.2.300", "dkim": None}, {"ip": "192.0.2.01", "dkim": None}, {"ip": 7, "dkim": None}, {"ip": None, "dkim": ""},
        {"ip": "2001:DB8::1", "dkim": None}, {"ip": None, "dkim": None, "selector": 7},
        {"ip": None, "dkim": None, "campaign": "a\nb"},
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", GOOD)
def test_each_field_takes_what_it_is_for_and_nothing_else(kind: str) -> None:
    """Whatever else stands in it, or where it is missing, the field is named."""
    record = {"type": kind, **GOOD[kind]}
    assert schema.fault(record) is None
    for name in GOOD[kind]:
        for value in BAD[name]:
            assert schema.fault({**record, name: value}) == name, value
        assert schema.fault({**record, name: None}) == (None if name in MAY_BE_NULL else name)
        without = {key: value for key, value in record.items() if key != name}
        must = name in FRAME or name in {"class", "source"} or kind not in {"report", "not-spam"}
        assert schema.fault(without) == (name if must else None)
    assert schema.fault({**record, "more": "x"}) == "more"


def test_a_type_that_nobody_knows_is_named() -> None:
    """So is one that is no word, and the word under which refused leaves are filed, which no leaf gives itself."""
    assert {schema.fault({"type": kind, **FRAME}) for kind in ("song", "", 7, None, ["report"], leaf.REFUSED)} == {
        "type"
    }
    assert {schema.fault({"type": kind, **FRAME, "more": {}}) for kind in ("day-close", "dispute", "statement")} == {
        None
    }


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9), lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=5)  # fmt: skip


@given(st.sampled_from(sorted(GOOD)), st.data())
def test_whatever_a_leaf_says_nothing_is_raised(kind: str, data: st.DataObject) -> None:
    """One field of it is anything that JSON can say."""
    record = {"type": kind, **GOOD[kind]}
    name = data.draw(st.sampled_from(sorted(record)))
    assert schema.fault({**record, name: data.draw(JSON)}) in {None, *BAD, "type", *REPORT, *FRAME}


def test_what_was_observed_31_days_ago_is_counted_by_its_class_and_a_second_earlier_as_late() -> None:
    """Both sides count it under the same word; what is no report is counted under none."""
    record = {"type": "report", **GOOD["report"]}
    month = 31 * 86400
    assert schema.counted_class({**record, "observed": SECOND - month}) == "complaint"
    assert schema.counted_class({**record, "observed": SECOND - month - 1}) == schema.LATE
    assert schema.counted_class({**record, "observed": None}) == "complaint"
    assert schema.counted_class({"type": "not-spam", **GOOD["not-spam"]}) == "complaint"
    assert {schema.counted_class({"type": kind, **GOOD[kind]}) for kind in ("outcome", "retract", "key")} == {None}
