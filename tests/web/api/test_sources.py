"""Sources and alarms through the API: looked at, decided on, and refused where they prove nothing."""

from datetime import timedelta
from typing import TYPE_CHECKING

from comity.model.api_token import Scope
from comity.model.source import Alarm, AlarmKind, Proof, Source, Trust

if TYPE_CHECKING:
    from conftest import Scene


def _filled(scene: "Scene") -> None:
    now = scene.work.now()
    with scene.store.write() as records:
        records.sources.add(
            [
                Source(name=name, proof=proof, trust=Trust.TRIAL, first=now, last=now, reports=number)
                for number, (name, proof) in enumerate((("mail:a.example", Proof.NONE), ("loop:jmrp", Proof.LOOP)))
            ]
        )
        alarm = Alarm(source="loop:jmrp", kind=AlarmKind.SILENT, since=now - timedelta(hours=1), facts={"hours": 30})
        records.sources.raise_alarm(alarm)


def test_a_source_is_listed_and_trusted_once(scene: "Scene") -> None:
    """Page by page; under a key it is done once, and in the token's name."""
    _filled(scene)
    token = scene.token(Scope.SOURCES_READ, Scope.SOURCES_ACT, name="desk")
    first = scene.call("GET", "/v1/sources", token, params={"limit": "1"}).json()
    second = scene.call("GET", "/v1/sources", token, params={"limit": "1", "cursor": first["next"]}).json()
    assert [each["sources"][0]["name"] for each in (first, second)] == ["loop:jmrp", "mail:a.example"]
    assert second["next"] is None
    said = {"source": "loop:jmrp", "trust": "trusted", "why": "it was right"}
    for _ in range(2):
        answer = scene.call("POST", "/v1/sources/trust", token, json=said, headers={"idempotency-key": "k"})
        assert answer.json() == {"name": "loop:jmrp", "trust": "trusted", "acts": True}
    (shown, _) = scene.call("GET", "/v1/sources", token).json()["sources"]
    assert (shown["changed_by"], shown["why"]) == ("api:desk", "it was right")


def test_what_proved_nothing_is_not_trusted(scene: "Scene") -> None:
    """Nor what is not there; and whoever may only look decides nothing."""
    _filled(scene)
    token = scene.token(Scope.SOURCES_ACT)
    for name, code in (("mail:a.example", "source-unproven"), ("loop:none", "source-unknown")):
        answer = scene.call("POST", "/v1/sources/trust", token, json={"source": name, "trust": "trusted"})
        assert scene.code(answer) == code
    looks = scene.token(Scope.SOURCES_READ)
    answer = scene.call("POST", "/v1/sources/trust", looks, json={"source": "loop:jmrp", "trust": "trusted"})
    assert scene.code(answer) == "scope-missing"


def test_an_alarm_is_ended_once(scene: "Scene") -> None:
    """With a reason; then it is open no more."""
    _filled(scene)
    token = scene.token(Scope.SOURCES_READ, Scope.SOURCES_ACT)
    (alarm,) = scene.call("GET", "/v1/feed-alarms", token).json()["alarms"]
    answer = scene.call("POST", f"/v1/feed-alarms/{alarm['id']}/end", token, json={"why": "holidays"})
    assert (answer.json()["why"], answer.json()["ended"] is None) == ("holidays", False)
    assert scene.call("GET", "/v1/feed-alarms", token).json() == {"alarms": []}
    assert scene.code(scene.call("POST", f"/v1/feed-alarms/{alarm['id']}/end", token, json={})) == "alarm-unknown"
