"""Enrolment through the API: apply, see what proves it, leave; nobody is accepted there."""

from typing import TYPE_CHECKING

from comity.model.api_token import Scope

if TYPE_CHECKING:
    from .conftest import Scene

EAST = {"name": "east", "mailbox": "fbl@east.example", "domains": ["east.example"], "networks": ["198.51.100.0/24"]}


def test_apply_and_leave(scene: "Scene") -> None:
    """An application shows its records; the same key is done once; leaving ends it."""
    token = scene.token(Scope.CONSUMERS_READ, Scope.CONSUMERS_WRITE)
    for _ in range(2):
        made = scene.call("POST", "/v1/applications", token, json=EAST, headers={"Idempotency-Key": "one"})
        assert made.status_code == 201, made.text
    shown = scene.call("GET", "/v1/consumers/east", token).json()
    assert shown["state"] == "applied"
    assert [each["dns_name"] for each in shown["claims"]][1:] == [
        "_comity-feedback.east.example",
        "_comity-feedback.100.51.198.in-addr.arpa",
    ]
    assert len(shown["history"]) == 1
    assert "P-" not in str(shown)
    assert [each["name"] for each in scene.call("GET", "/v1/consumers", token).json()["consumers"]] == ["east"]
    assert scene.call("POST", "/v1/consumers/east/leave", token).json()["state"] == "left"
    assert scene.code(scene.call("POST", "/v1/consumers/east/leave", token)) == "consumer-act-unfit"


def test_a_no_has_its_name(scene: "Scene") -> None:
    """What may not be claimed is refused by name, and nothing of the request is repeated."""
    token = scene.token(Scope.CONSUMERS_WRITE)
    answer = scene.call("POST", "/v1/applications", token, json=EAST | {"domains": ["co.uk"]})
    assert (scene.code(answer), answer.json()["reason"]) == ("consumer-refused", "public-suffix")
    assert "co.uk" not in answer.text
    with scene.store.read() as records:
        assert records.consumers.all() == []


def test_who_may_read_may_not_apply(scene: "Scene") -> None:
    """Each scope allows one thing."""
    token = scene.token(Scope.CONSUMERS_READ)
    assert scene.code(scene.call("POST", "/v1/applications", token, json=EAST)) == "scope-missing"
    assert scene.code(scene.call("GET", "/v1/consumers/nobody", token)) == "consumer-unknown"
