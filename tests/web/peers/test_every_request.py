"""Whatever is sent to the doors of peers, over real HTTPS: refused by a name that both operators have a sentence for.

Nothing is stored, and no request is a fault of ours. Programs make the requests up: out of a document of the doors, and out of
real messages.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from sqlalchemy import func, literal, select, union_all

from comity.accord.statement import canonical
from comity.bootstrap import settings_for
from comity.bootstrap.desk import desk_store, scribe
from comity.bootstrap.parties import ledger_key
from comity.ledger import note
from comity.ledger.leaf import LeafType
from comity.locale import LANGUAGES, catalogue
from comity.outlets.peers.client import (
    DOCUMENTS_PATH,
    LEAVES_PATH,
    QUESTION_PATH,
    STATEMENTS_PATH,
    PeerClient,
)
from comity.services.prove.stating import making
from comity.services.prove.writing import Event
from comity.store.engine import Store
from comity.store.metadata import metadata

from .test_statements import DAY, EAST, WEST, Two, closed, two

__all__ = ["two"]

MORE = settings(
    max_examples=25,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
)
TEXT = {"type": "string"}
NUMBER = {"type": "integer", "minimum": 0}


def _door(schema: Mapping[str, Any]) -> dict[str, Any]:
    answer = {
        "description": "an answer",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
    return {
        "post": {
            "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
            "responses": {str(status): answer for status in (200, 400, 403, 404, 408, 409, 413, 422, 429, 503)},
        }
    }


def _record(**members: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": members, "required": sorted(members), "additionalProperties": False}


DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "the doors of peers", "version": "1"},
    "paths": {
        LEAVES_PATH: _door(
            _record(
                origin={"enum": [f"{WEST}/to/{EAST}/2026q1", "x"]},
                old_size=NUMBER,
                leaves={"type": "array", "items": TEXT, "minItems": 1},
                payloads={"type": "array", "items": {"type": "array", "prefixItems": [NUMBER, TEXT, TEXT]}},
                heads={"type": "array", "items": TEXT, "minItems": 1},
            )
        ),
        DOCUMENTS_PATH: _door(_record(documents={"type": "array", "items": TEXT, "minItems": 1})),
        STATEMENTS_PATH: _door(
            _record(
                note={"type": ["string", "null"]},
                statement=_record(
                    parties={"const": [EAST, WEST]}, period={"enum": [DAY, "2026"]}, evidence={"type": "object"}
                ),
            )
        ),
    },
}
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
SCHEMA.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])


@dataclass
class Doors:
    """East's doors, and real messages of west for each of them."""

    two: Two
    client: httpx.Client
    messages: dict[str, bytes]

    @property
    def site(self) -> str:
        return f"https://127.0.0.1:{self.two.ports[EAST]}"

    def post(self, path: str, data: bytes) -> httpx.Response:
        return self.client.post(self.site + path, content=data)

    def held(self, answer: httpx.Response) -> Mapping[str, Any]:
        """The answer is one of ours: no fault, JSON, and a refusal has its sentence in every language."""
        assert answer.status_code < 500 or answer.status_code == 503, answer.text
        said: Mapping[str, Any] = answer.json()
        if answer.status_code != 200:
            assert all(f"refused.{said['error']}" in catalogue(language) for language in LANGUAGES), said
        return said

    @cached_property
    def store(self) -> Store:
        """East's store."""
        folder = self.two.folder / EAST
        return desk_store(settings_for(str(folder / "comity.toml"), {}, folder))

    def rows(self) -> dict[str, int]:
        """How much stands in each table of east's; what is counted of refusals stands apart."""
        with self.store.read() as records:
            return {row.name: row.n for row in records.connection.execute(_COUNTS)}

    def fresh_day(self) -> None:
        """What was counted today is forgotten, so that no quota ends the test."""
        with self.store.write() as records:
            records.connection.execute(metadata.tables["exchange_count"].delete())


_COUNTS = union_all(
    *(
        select(literal(name).label("name"), func.count().label("n")).select_from(table)
        for name, table in metadata.tables.items()
        if name != "exchange_count"
    )
)


def _written_more(two: Two) -> None:
    """Leaves that east does not have yet."""
    folder = two.folder / WEST
    settings = settings_for(str(folder / "comity.toml"), {}, folder)
    writer, store = scribe(settings), desk_store(settings)
    assert writer is not None
    facts = {
        "class": "complaint", "definition": "complaint", "role": "originator",
        "source": {"ip": "198.51.100.8", "dkim": None}, "tier": "T2", "tlp": "TLP:AMBER", "agreement": None,
    }  # fmt: skip
    now = datetime.now(UTC)
    events = [
        Event(reporting=WEST, reported=EAST, leaf_type=LeafType.REPORT, event_id=f"more-{n}", observed=now, facts=facts)
        for n in range(3)
    ]
    with store.write() as records:
        writer.write(records.ledger, events, now)
    store.close()


@pytest.fixture
def doors(two: Two, monkeypatch: pytest.MonkeyPatch) -> Iterator[Doors]:
    """East has a day of west's; a posting, a question, a signal and a statement were made by west, and kept back."""
    closed(two)
    caught: dict[str, bytes] = {}

    def keep(_: PeerClient, path: str, data: bytes, __: str) -> tuple[int, Mapping[str, Any]]:
        caught.setdefault(path, data)
        return 0, {}

    until = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    with monkeypatch.context() as patched:
        patched.setattr(PeerClient, "_send", keep)
        _written_more(two)
        assert two.run(WEST, "ledger", "give")[0] == 75
        two.run(WEST, "ledger", "reconcile")
        two.run(WEST, "statement", "propose", EAST, DAY)
        words = ("--reason", "spam to traps", "--reason-zh", "向陷阱发信", "--by", "Ann", "--until", until)
        two.run(
            WEST, "signal", "propose", "198.51.100.7", "--kind", "listing", *words,
            "--tlp", "TLP:GREEN", "--evidence", "trap=3", "--severe", "--to", EAST,
        )  # fmt: skip
        two.run(WEST, "signal", "give")
    assert set(caught) == {LEAVES_PATH, QUESTION_PATH, DOCUMENTS_PATH, STATEMENTS_PATH}
    with httpx.Client(verify=False, trust_env=False, timeout=120) as client:  # noqa: S501 - a stranger
        found = Doors(two, client, caught)
        yield found
        found.store.close()


@SCHEMA.parametrize()
@MORE
def test_requests_made_up_out_of_a_document(case: Any, lasting_doors: Doors) -> None:
    """Fit and unfit bodies, headers and methods: each is answered by name, none is a fault."""
    doors = lasting_doors
    answer = case.call(base_url=doors.site, verify=False)
    if answer.status_code in (404, 405) and case.method != "POST":
        return
    assert answer.status_code != 200
    said = answer.json()
    assert answer.status_code < 500, said
    assert all(f"refused.{said['error']}" in catalogue(language) for language in LANGUAGES), said


@pytest.fixture(scope="module")
def lasting_doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """East listens for as long as the requests of one document last; nothing of them may be stored."""
    from .test_statements import paired

    with paired(tmp_path_factory.mktemp("doors"), lambda: "") as two:
        doors = Doors(two, httpx.Client(), {})
        before = doors.rows()
        yield doors
        doors.client.close()
        assert doors.rows() == before
        doors.store.close()


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


def _mutated(record: Any, data: st.DataObject) -> Any:
    """One place of it holds something else, is left out, or stands there twice."""
    place, path = record, data.draw(st.integers(1, 7))
    for depth in range(path):
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        inner = place[key]
        if depth + 1 < path and isinstance(inner, dict | list) and inner:
            place = inner
            continue
        how = data.draw(st.sampled_from(["other", "gone", "twice"]))
        if how == "other":
            place[key] = data.draw(JUNK)
        elif how == "gone":
            del place[key]
        elif isinstance(place, list):
            place.insert(key, inner)
        break
    return record


def _is_the_same(changed: Any, real: Any) -> bool:
    """Nothing changed, or a document stands there twice, which is taken once."""
    documents = changed.get("documents") if isinstance(changed, dict) else None
    return bool(changed == real or (isinstance(documents, list) and changed == {"documents": documents[:1] * 2}))


@pytest.mark.parametrize("path", [LEAVES_PATH, DOCUMENTS_PATH, STATEMENTS_PATH])
def test_real_messages_with_one_place_changed(doors: Doors, path: str) -> None:
    """Any field at any depth: whatever is not the message that west signed leaves no row, and its refusal has a sentence."""
    real, before, seen = doors.messages[path], doors.rows(), set[str]()

    @MORE
    @given(data=st.data())
    def mutate(data: st.DataObject) -> None:
        changed = _mutated(json.loads(real), data)
        if _is_the_same(changed, json.loads(real)):
            return
        doors.fresh_day()
        answer = doors.post(
            path, canonical(changed) + b"\n" if path == STATEMENTS_PATH else json.dumps(changed).encode()
        )
        seen.add(str(doors.held(answer).get("error")))
        assert doors.rows() == before

    mutate()
    assert len(seen) > (path != DOCUMENTS_PATH), seen  # the doors were opened further than the first check
    doors.fresh_day()
    assert doors.post(path, real).status_code == 200  # what was changed was sound
    assert doors.rows() != before


@pytest.mark.parametrize("path", [LEAVES_PATH, QUESTION_PATH, DOCUMENTS_PATH, STATEMENTS_PATH])
def test_real_messages_with_bytes_changed(doors: Doors, path: str) -> None:
    """Bytes flipped, cut off, put in, doubled: refused, and nothing is stored."""
    real, before = doors.messages[path], doors.rows()

    @MORE
    @given(data=st.data())
    def mutate(data: st.DataObject) -> None:
        changed = bytearray(real)
        at = data.draw(st.integers(0, len(real) - 1))
        how = data.draw(st.sampled_from(["flip", "cut", "put", "double"]))
        if how == "flip":
            changed[at] ^= 1 << data.draw(st.integers(0, 7))
        elif how == "cut":
            del changed[at:]
        elif how == "put":
            changed[at:at] = data.draw(st.binary(min_size=1, max_size=9))
        else:
            changed[at:at] = changed[at : at + 50]
        try:
            is_same = path != QUESTION_PATH and json.loads(bytes(changed)) == json.loads(real)
        except (ValueError, RecursionError):
            is_same = False
        if is_same:
            return
        doors.fresh_day()
        answer = doors.post(path, bytes(changed))
        doors.held(answer)
        assert answer.status_code != 200
        assert doors.rows() == before

    mutate()


def test_a_peer_that_signs_junk(doors: Doors) -> None:
    """West signs a statement with one place changed: kept at most as what east does not agree with, named, and never a fault."""
    real = json.loads(doors.messages[STATEMENTS_PATH])["statement"]
    before = doors.rows()
    folder = doors.two.folder / WEST
    key = ledger_key(settings_for(str(folder / "comity.toml"), {}, folder))

    @MORE
    @given(data=st.data())
    def mutate(data: st.DataObject) -> None:
        changed = _mutated(json.loads(json.dumps(real)), data)
        try:
            text = making.text_to_sign(changed)
        except (KeyError, ValueError, TypeError):
            return  # not even its writer can sign that
        if changed == real:
            return
        doors.fresh_day()
        answer = doors.post(STATEMENTS_PATH, making.write(changed, note.sign(text, WEST, key)))
        doors.held(answer)
        after = doors.rows()
        assert after["joint_statement"] <= 1
        assert {**after, "joint_statement": 0} == {**before, "joint_statement": 0}

    mutate()
