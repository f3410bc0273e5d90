"""Cases, shunt, outbox, ledger and recourse through the API: what is there, page by page, and what changes it."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert

from comity.ledger import note, proof
from comity.model.api_token import Scope
from comity.model.case import SubjectKind
from comity.model.case_consequence import CaseConsequence, ConsequenceState
from comity.model.case_outcome import CaseOutcome
from comity.model.playbook import ActionKind
from comity.services.public.course import course_of
from comity.services.receive.answering import Answered
from comity.store.tables.sending import outbox

from ...services.search.desk_of_rows import NOW, put_case, put_letter

if TYPE_CHECKING:
    from conftest import Scene


def cases_of(scene: "Scene", token: str, **query: Any) -> list[dict[str, Any]]:
    answer = scene.call("GET", "/v1/cases", token, params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["cases"]
    return found


def test_every_case_is_on_one_page(filled: "Scene") -> None:
    """Pages of one, followed by their cursors, give every case once, as one page gives them."""
    token, found, cursor = filled.token(Scope.CASES_READ), list[str](), None
    for _ in range(9):
        query = {"limit": "1", **({"cursor": cursor} if cursor else {})}
        answer = filled.call("GET", "/v1/cases", token, params=query).json()
        found += [each["case"] for each in answer["cases"]]
        if (cursor := answer["next"]) is None:
            break
    assert len(found) == 3
    assert found == [each["case"] for each in cases_of(filled, token)]


def test_filters_narrow(filled: "Scene") -> None:
    """By state, by what it is about, by time; a filter that is misspelt is refused, not passed over."""
    token = filled.token(Scope.CASES_READ)
    (asked,) = cases_of(filled, token, state="undecided")
    assert asked["question"]["candidates"]
    assert len(cases_of(filled, token, about="customer")) == 2
    assert cases_of(filled, token, opened_since="2026-03-01T12:00:01Z") == []
    assert len(cases_of(filled, token, seen_since="2026-02-01T00:00:00+08:00")) == 3
    for wrong in ({"stat": "open"}, {"state": "ajar"}, {"limit": "0"}, {"seen_since": "2026-03-01T12:00:00"}):
        assert filled.code(filled.call("GET", "/v1/cases", token, params=wrong)) == "query-unfit"
    assert filled.code(filled.call("GET", "/v1/cases", token, params={"cursor": "WzEsMl0"})) == "cursor-unfit"


def test_what_auditors_may_not_see_no_token_of_theirs_sees(filled: "Scene") -> None:
    """The label of a letter's case, contacts, candidates, notes, addresses, ids of mails: ``cases:audit`` has none of it."""
    token = filled.token(Scope.CASES_READ, Scope.CASES_ACT, name="desk")
    filled.client = filled.app(course=lambda records, case: course_of(records, case, lambda: None))
    owner = cases_of(filled, token, about="customer")[0]
    with filled.store.write() as records:
        letter = put_case(records, "eve@writer.example: my mail", SubjectKind.LETTER, contact="eve@writer.example")
        put_letter(records, letter, "my secret", "eve@writer.example")
        records.consequences.add([_suppression(owner["case"])])
    for each in cases_of(filled, token):
        assert act(filled, token, each["case"], act="note", note="rang eve@writer.example").status_code == 200
    auditor = filled.token(Scope.CASES_AUDIT, Scope.CASES_ACT, name="auditor")
    listed, seen = cases_of(filled, auditor), cases_of(filled, token)
    assert [each["case"] for each in listed] == [each["case"] for each in seen]
    said = [filled.call("GET", f"/v1/cases/{each['case']}", auditor).json() for each in listed]
    said += [
        act(filled, auditor, each["case"], act="note", note="seen", key=each["case"]).json() for each in listed
    ] * 2
    whole = [filled.call("GET", f"/v1/cases/{each['case']}", token).json() for each in seen]
    entries = [entry for each in whole for entry in each["entries"]]
    secrets = {
        *("eve@writer.example", "my secret", "ann@mail.example"),
        *(entry[name] for entry in entries for name in ("item", "source_ip", "message_id")),
        *(name for each in whole for name in (each["question"] or {}).get("candidates", ())),
        *(each["contact"] for each in whole),
    } - {None, *(each["label"] for each in listed)}  # the label of a case that is no letter's is seen by everybody
    assert len(secrets) > 6
    for each in secrets:
        secret = each if len(each) > 1 else json.dumps(each)  # candidates are called by one letter
        assert secret in json.dumps(whole), secret
        assert secret not in json.dumps([*listed, *said]), secret
    assert {each["label"] for each in listed} >= {"-"}
    assert {entry["class"] for each in said for entry in each.get("entries", ())}


def _suppression(case: str) -> CaseConsequence:
    return CaseConsequence(
        key=case,
        case_id=case,
        kind=ActionKind.SUPPRESS,
        target_kind="address",
        target="ann@mail.example",
        actor="playbook esp",
        why="open/1",
        state=ConsequenceState.WAITING,
        entered=NOW,
        due=NOW,
        until=NOW + timedelta(days=9),
    )


def act(scene: "Scene", token: str, case: str, **said: Any) -> Any:
    headers = {"idempotency-key": said.pop("key")} if "key" in said else {}
    return scene.call("POST", f"/v1/cases/{case}/acts", token, json=said, headers=headers)


def test_a_case_is_worked_on(filled: "Scene") -> None:
    """Taken, noted, waited, closed, opened again, in the token's name; what does not fit changes nothing and says what would."""
    token = filled.token(Scope.CASES_READ, Scope.CASES_ACT, name="desk")
    case = cases_of(filled, token, about="customer")[0]["case"]
    assert act(filled, token, case, act="take").json()["state"] == "open"
    assert act(filled, token, case, act="note", note="rang the customer").status_code == 200
    waits = act(filled, token, case, act="wait", until="2026-04-01").json()
    assert (waits["state"], waits["due"]) == ("waiting", "2026-04-01T00:00:00Z")
    assert act(filled, token, case, act="close").json()["state"] == "closed"
    refused = act(filled, token, case, act="take")
    assert (refused.status_code, filled.code(refused)) == (409, "case-act-unfit")
    assert "reopen" in refused.json()["fits"]
    assert act(filled, token, case, act="reopen", note="it goes on").json()["state"] == "open"
    whole = filled.call("GET", f"/v1/cases/{case}", token).json()
    assert [(each["act"], each["actor"]) for each in whole["events"]][-5:] == [
        (each, "api:desk") for each in ("take", "note", "wait", "close", "reopen")
    ]
    with filled.store.read() as records:
        assert [(each.act, each.about) for each in records.tokens.acts(9)][:2] == [("take", case), ("note", case)]


def test_an_act_under_a_key_is_done_once(filled: "Scene") -> None:
    """A note that is sent twice stands there once; under the same key nothing else is done."""
    token = filled.token(Scope.CASES_READ, Scope.CASES_ACT)
    case = cases_of(filled, token)[0]["case"]
    for _ in range(2):
        assert act(filled, token, case, act="note", note="once", key="n1").status_code == 200
    assert filled.code(act(filled, token, case, act="note", note="twice", key="n1")) == "key-reused"
    events = filled.call("GET", f"/v1/cases/{case}", token).json()["events"]
    assert [each["note"] for each in events if each["act"] == "note"] == ["once"]


def test_cases_are_assigned_and_merged(filled: "Scene") -> None:
    """An undecided case goes to a customer; a case goes into another, not into itself, not into one that does not exist."""
    token = filled.token(Scope.CASES_READ, Scope.CASES_ACT)
    (asked,) = cases_of(filled, token, state="undecided")
    assigned = act(filled, token, asked["case"], act="assign", customer="N").json()
    assert assigned["label"] == "N"
    one, other = (each["case"] for each in cases_of(filled, token, about="customer")[:2])
    assert filled.code(act(filled, token, one, act="merge", into=one)) == "case-itself"
    assert filled.code(act(filled, token, one, act="merge", into="0123456789")) == "case-unknown"
    assert act(filled, token, one, act="merge", into=other).json()["case"] == other


def test_closing_tells_the_reporters(filled: "Scene") -> None:
    """With an outcome it says how many are told, and why others are not."""
    token = filled.token(Scope.CASES_READ, Scope.CASES_ACT)
    case = cases_of(filled, token, about="customer")[0]["case"]

    def tell(_: Any, cases: list[str], outcome: CaseOutcome, **__: Any) -> Answered:
        assert (cases, outcome) == ([case], CaseOutcome.WARNED)
        return Answered(told=1)

    told = filled.app(tell=tell).post(
        f"/v1/cases/{case}/acts",
        json={"act": "close", "outcome": "warned"},
        headers={"authorization": f"Bearer {token}"},
    )
    assert (told.json()["told"], told.json()["state"]) == (1, "closed")


@pytest.mark.parametrize(
    "said",
    [{}, {"act": "burn"}, {"act": "note"}, {"act": "note", "note": ""}, {"act": "wait", "until": "2026-02-31"},
     {"act": "take", "by": "somebody else"}, {"act": "assign", "customer": "a\nb"}, [], "take"],
)  # fmt: skip
def test_an_act_that_is_none_is_refused(filled: "Scene", said: Any) -> None:
    """Nothing that is not in the document is done, and nobody acts in another's name."""
    token = filled.token(Scope.CASES_READ, Scope.CASES_ACT)
    case = cases_of(filled, token)[0]
    answer = filled.call("POST", f"/v1/cases/{case['case']}/acts", token, json=said)
    assert filled.code(answer) == "body-unfit"
    assert "somebody" not in answer.text
    assert cases_of(filled, token)[0] == case


def test_what_was_shunted_is_tried_again(filled: "Scene") -> None:
    """The item goes through the spool once more, under its own name, as what it is."""
    token = filled.token(Scope.SHUNT_READ, Scope.SHUNT_RETRY)
    (item,) = filled.call("GET", "/v1/shunt", token).json()["shunted"]
    answer = filled.call("POST", f"/v1/shunt/{item['id']}/retry", token)
    assert (answer.status_code, answer.json()) == (202, {"id": str(item["id"]), "state": "waiting"})
    (waiting,) = filled.spool.claim(0, items=9, data_bytes=1 << 20)
    assert (waiting.arrival.data, waiting.arrival.name) == (b"PK\x03\x04 no archive", item["item"])
    assert waiting.arrival.raw_id is not None
    for name in ("999", "c1"):
        assert filled.code(filled.call("POST", f"/v1/shunt/{name}/retry", token)) == "shunt-unknown"
    assert filled.code(filled.call("POST", "/v1/shunt/../retry", token)) == "not-found"


def test_the_outbox_is_shown_page_by_page(filled: "Scene") -> None:
    """What is held, and for whom; the bytes are not."""
    now = filled.work.now()
    rows = [
        {"kind": "report", "party": "east", "address": "fbl@east.example", "bounce_token": f"t{number}", "data": None,
         "size": 6, "state": "held", "reason": "observe", "entered": now, "due": now, "attempts": 0, "unanswered": 0}
        for number in range(3)
    ]  # fmt: skip
    with filled.store.write() as records:
        records.connection.execute(insert(outbox), rows)
    token = filled.token(Scope.OUTBOX_READ)
    first = filled.call("GET", "/v1/outbox", token, params={"limit": "2", "state": "held"}).json()
    rest = filled.call("GET", "/v1/outbox", token, params={"limit": "2", "cursor": first["next"]}).json()
    assert (len(first["mails"]), len(rest["mails"]), rest["next"]) == (2, 1, None)
    assert filled.call("GET", "/v1/outbox/counts", token).json()["mails"][0]["count"] == 3
    assert filled.call("GET", "/v1/outbox", token, params={"party": "west"}).json()["mails"] == []


def test_a_proof_holds_by_itself(filled: "Scene") -> None:
    """The file is the one of ``comity ledger prove``: whoever has the public key checks it without us."""
    token = filled.token(Scope.LEDGER_READ)
    (channel,) = filled.call("GET", "/v1/ledger/channels", token).json()["channels"]
    assert (channel["leaves"], channel["behind"]) == (1, 1)
    heads = filled.call("GET", "/v1/ledger/heads", token, params={"channel": channel["channel"]}).json()
    assert (heads["newest"]["size"], heads["receipted"]) == (1, None)
    answer = filled.call("GET", "/v1/ledger/leaves/4f1d.key/proof", token)
    assert answer.headers["content-type"].startswith("text/plain")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = note.verifier_of("west.example", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
    assert proof.checked(proof.read(answer.text), [key]).fault is None
    assert filled.code(filled.call("GET", "/v1/ledger/leaves/none/proof", token)) == "leaf-unknown"
    assert filled.code(filled.call("GET", "/v1/ledger/heads", token, params={"channel": "x"})) == "channel-unknown"


def test_recourse_says_why(filled: "Scene") -> None:
    """What was done to whom, with its end and its way back."""
    token = filled.token(Scope.RECOURSE_READ)
    (made,) = filled.call("GET", "/v1/recourse", token, params={"subject": "198.51.100.7"}).json()["consequences"]
    why = filled.call("GET", f"/v1/recourse/{made['reference']}", token).json()
    assert (why["measure"], why["history"][0]["act"]) == ("blocked", "impose")
    assert filled.code(filled.call("GET", "/v1/recourse/R-NONE", token)) == "recourse-unknown"
    assert filled.call("GET", "/v1/recourse", token, params={"in_force": "true"}).json()["consequences"] == []


def test_a_notice_is_checked_for_the_help_line(filled: "Scene") -> None:
    """What the service says of a reference is handed on; a reference that nobody gave out is no notice."""
    said = {
        "reference": "482719305562", "second_word": "kite", "words": "amber kite", "asked_often": False, "kind": "letter",
        "language": "en", "certainty": "likely", "family": "mirai", "given": "2026-03-01T12:00:00Z", "case": "4f2a", "checks": 0,
    }  # fmt: skip
    client = filled.app(check_notice=lambda records, reference: said if reference == said["reference"] else None)
    headers = {"authorization": f"Bearer {filled.token(Scope.NOTICES_READ)}"}
    assert client.get("/v1/notices/482719305562", headers=headers).json() == said
    assert filled.code(client.get("/v1/notices/482719305563", headers=headers)) == "notice-unknown"
    assert client.get("/v1/notices/4827", headers=headers).status_code in (404, 422)
    other = {"authorization": f"Bearer {filled.token(Scope.CASES_READ)}"}
    assert filled.code(client.get("/v1/notices/482719305562", headers=other)) == "scope-missing"
