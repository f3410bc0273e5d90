"""The two forms of a statement, and which channels a close names: nobody goes back where the newer one can be."""

import json
from dataclasses import replace
from typing import Any

import pytest

from comity.model.outcomes import ComityError
from comity.services.prove.closing import all_closes
from comity.services.prove.stating import checking, making
from comity.services.prove.stating.checking import check

from .a_pair import EAST, PUBLIC, WEST, Pair, a_week


def test_the_earlier_form_is_not_made_where_the_newer_one_can_be(pair: Pair) -> None:
    """Whoever was late would rather be measured by hours that it names itself: such a file is a fault, and is not signed."""
    a_week(pair)
    with pytest.MonkeyPatch.context() as patch:
        begin = making.begin

        def by_hours(*given: Any, found: Any, **more: Any) -> Any:
            return begin(*given, found=[replace(each, by_agreement=False) for each in found], **more)

        patch.setattr(making, "begin", by_hours)
        data = pair.made("2026-11-26")
    assert json.loads(data)["statement"]["format"] == "comity statement 2"
    assert "answers-left-out" in {fault.code for fault in check(data, PUBLIC, signed=False).faults}
    with pair.east.store.write() as rows, pytest.raises(ComityError) as refused:
        pair.stating(pair.east).sign(rows, data, PUBLIC, now=pair.east.now)
    assert refused.value.code == "statement-unsound"


def test_a_channel_that_was_seen_stays_named(pair: Pair) -> None:
    """A close that leaves out a channel of reports has seen fewer of them, for whoever has the file alone, too."""
    a_week(pair)
    with pair.west.store.read() as rows:
        one, following = all_closes(rows.closes, (EAST, WEST), EAST)[:2]
    assert checking._goes_on(one.said, following.said)
    assert following.said.answers is not None
    silent = replace(following.said, answers=replace(following.said.answers, seen={}))
    assert not checking._goes_on(one.said, silent)
