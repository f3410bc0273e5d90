"""Legal holds on the page of a case: who may, what is shown, what is written down."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from comity.model.account import Role
from comity.model.retention import HoldAct

from .conftest import _served

if TYPE_CHECKING:
    from conftest import DeskScene


def test_a_case_is_put_on_hold_and_freed(desk: "DeskScene") -> None:
    """With a reason and an end; the page, the history and the audit show it, and who is not to see people sees no reason."""
    case = desk.put("Bakery")
    path = f"/cases/{case.case_id}"
    desk.post(path, act="hold", until="2027-01-31", why="order <7>")
    shown = desk.client.get(path).text
    assert "Legal hold: No. 1, until" in shown
    assert "2027-01-31" in shown
    assert "order &lt;7&gt;" in shown
    assert "put on legal hold" in shown
    audit = desk.client.get("/audit?kind=hold").text
    assert "placed" in audit
    assert case.case_id in audit
    desk.roles[:] = [Role.AUDITOR]
    assert "order &lt;7&gt;" not in desk.client.get(path).text
    desk.roles[:] = [Role.ADMINISTRATOR]
    assert desk.post(path, act="unhold", hold="1", why="settled").status_code == 303
    assert "data-hold" not in desk.client.get(path).text


def test_a_form_that_says_too_little_holds_nothing(desk: "DeskScene") -> None:
    """Without a reason or a day, on a day that is over, and of a hold that is another case's."""
    case, other = desk.put("Bakery"), desk.put("Shop")
    path = f"/cases/{case.case_id}"
    for form in (
        {"act": "hold", "until": "2027-01-31", "why": ""},
        {"act": "hold", "until": "", "why": "x"},
        {"act": "hold", "until": "2020-01-01", "why": "x"},
        {"act": "unhold", "hold": "1", "why": "x"},
    ):
        assert desk.post(path, **form).status_code == 400, form
    desk.post(f"/cases/{other.case_id}", act="hold", until="2027-01-31", why="order 7")
    assert desk.post(path, act="unhold", hold="1", why="x").status_code == 400
    with desk.store.read() as records:
        assert [each.case_id for each in records.holds.all(in_force=desk.clock[0])] == [other.case_id]


def test_who_is_not_on_the_list_is_refused(tmp_path: Path) -> None:
    """The page offers nothing, the form is refused, and that it was asked for is written down."""
    for desk in _served(tmp_path, lambda work: replace(work, holders=frozenset({"li"}))):
        case = desk.put("Bakery")
        path = f"/cases/{case.case_id}"
        assert 'value="hold"' not in desk.client.get(path).text
        assert desk.post(path, act="hold", until="2027-01-31", why="x").status_code == 403
        with desk.store.read() as records:
            assert records.holds.all() == []
            (done,) = records.audit.newest(9, kinds=("hold",))
        assert (done.actor, done.act, done.about) == ("ann", HoldAct.REFUSED.value, case.case_id)
