"""Requests that a program makes up out of the document, fit and unfit: no fault of ours, and every answer as the document says."""

import json
from typing import TYPE_CHECKING, Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from comity.web.api import openapi

if TYPE_CHECKING:
    from conftest import Scene

FEW = settings(
    max_examples=6,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
)


SCHEMA = schemathesis.openapi.from_dict(openapi())
SCHEMA.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])


def _may_be_refused(case: Any) -> bool:
    """What no schema can say: that a cursor is one of ours, that a mailbox is, that a channel or an act fits."""
    return case.method == "POST" or not {"cursor", "channel"}.isdisjoint(case.query or {})


@SCHEMA.parametrize()
@FEW
def test_every_answer_is_in_the_document(case: Any, lasting: "Scene") -> None:
    """Status, form and fields are those that are promised; nothing is a 500; what does not fit is refused."""
    token = lasting.token(per_minute=10**6)
    case.call_and_validate(
        base_url=f"http://127.0.0.1:{lasting.port}",
        headers={"Authorization": f"Bearer {token}"},
        excluded_checks=[ignored_auth, *([positive_data_acceptance] if _may_be_refused(case) else [])],
    )


ACTS = {
    "act": "wait", "until": "2026-04-01", "note": "a", "customer": "b", "into": "c", "outcome": "warned", "x": 1,
}  # fmt: skip
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)


@given(
    which=st.sampled_from(sorted(ACTS)), value=JUNK, act=st.sampled_from(["wait", "note", "assign", "merge", "close"])
)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
def test_no_member_of_a_body_makes_a_fault(lasting: "Scene", which: str, value: Any, act: str) -> None:
    """Any member may hold anything: it is done or refused by name, and what was sent is not repeated in a refusal."""
    token = lasting.token(per_minute=10**6)
    case = lasting.call("GET", "/v1/cases", token).json()["cases"][0]["case"]
    body = json.dumps({"act": act, "note": "a", which: value})
    headers = {"content-type": "application/json"}
    answer = lasting.call("POST", f"/v1/cases/{case}/acts", token, content=body, headers=headers)
    assert answer.status_code in (200, 404, 409, 422)
    if answer.status_code != 200:
        lasting.code(answer)


@given(data=st.binary(max_size=300))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
def test_no_body_makes_a_fault(lasting: "Scene", data: bytes) -> None:
    """Bytes that are no JSON are refused; bytes of a mail are kept as they are."""
    token = lasting.token(per_minute=10**6)
    refused = lasting.call("POST", "/v1/complaints", token, content=data, headers={"content-type": "application/json"})
    assert lasting.code(refused) == "body-unfit"
    kept = lasting.call("POST", "/v1/feedback", token, content=data, headers={"content-type": "message/rfc822"})
    assert kept.status_code == (202 if data else 422)
