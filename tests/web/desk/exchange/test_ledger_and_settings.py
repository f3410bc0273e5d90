"""The ledger and the settings on the desk: what holds, what is set, and no secret."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from comity.bootstrap.desk import scribe
from comity.bootstrap.pages.settings_shown import HIDDEN, shown
from comity.ledger import schema
from comity.ledger.leaf import LeafType
from comity.locale import catalogue
from comity.model.account import Role
from comity.model.entry import ForkedHistory
from comity.services.prove.writing import Event
from comity.settings.reader import parse

from .conftest import NOW

if TYPE_CHECKING:
    from .conftest import DeskScene


def written(west: "DeskScene") -> None:
    """One leaf in our direction to a peer."""
    writer = scribe(west.work.dealings.settings)
    assert writer is not None
    event = Event(
        reporting="west.example",
        reported="east.example",
        leaf_type=LeafType.RECOURSE,
        event_id="a.1.recourse",
        observed=None,
        facts={"recourse": "a" * 20, "step": "asked", "measure": "limited"},
    )
    with west.store.write() as records:
        writer.write(records.ledger, [event], NOW - timedelta(hours=2))


def test_a_direction_is_shown_and_computed_again(west: "DeskScene") -> None:
    """When somebody asks who may act on the ledger; a look alone computes nothing."""
    assert "Nothing was written down yet" in west.client.get("/ledger").text
    written(west)
    page = west.client.get("/ledger").text
    assert "east.example" in page
    assert "The one direction holds." not in page
    assert "The one direction holds." in west.client.get("/ledger?check=yes").text
    west.roles[:] = [Role.AUDITOR]
    looked = west.client.get("/ledger?check=yes")
    assert looked.status_code == 200
    assert "The one direction holds." not in looked.text


@pytest.mark.parametrize(("language", "words"), [("en", "two histories signed"), ("zh-Hans", "签署了两份历史")])
def test_two_histories_of_a_peer_are_shown(west: "DeskScene", language: str, words: str) -> None:
    """The direction says so, with where they part, and which command writes the proof."""
    origin = "east.example/to/west.example/2026q4"
    with west.store.write() as records:
        records.ledger.channel(
            origin, reporting="east.example", reported="west.example", quarter="2026q4", is_copy=True
        )
    west.client.get(f"/language/{language}")
    assert words not in west.client.get("/ledger").text
    found = ForkedHistory(origin=origin, writer="east.example", smaller=1234, larger=1300, proof="x", seen=NOW)
    with west.store.write() as records:
        records.forks.keep(found)
        records.forks.keep(replace(found, smaller=2))  # the first proof stays
    page = west.client.get("/ledger").text
    assert words in page
    assert "1,234" in page and "comity ledger forks" in page


@pytest.mark.parametrize(
    ("language", "field", "why", "cell", "fault"),
    [
        (
            "en",
            "the digest that stands for its content",
            "a field of a leaf does not fit",
            "Complaints by class: bot (month)",
            "the entry from which it counts",
        ),
        (
            "zh-Hans",
            "代表其内容的摘要",
            "记录中有一个字段不符合规定",
            "按类别统计的投诉，其中：僵尸主机（按月）",
            "从哪条记录开始计数",
        ),
    ],
)
def test_a_dispute_is_shown_in_words(
    west: "DeskScene", language: str, field: str, why: str, cell: str, fault: str
) -> None:
    """Which field of a refused entry and which number of a close do not fit stands in words, with the key beside."""
    origin = "east.example/to/west.example"
    disputed(west, {"leaf": f"{origin}#1", "refused": "leaf-field", "detail": "payload_commit"})
    cells = [["month/report/class/bot", 12345, 4], ["start", 0, 0], ["mystery", "<b>", 1]]
    disputed(west, {"close": f"{origin}#2", "cells": cells, "differing": 3})
    west.client.get(f"/language/{language}")
    page = west.client.get("/ledger").text
    for said in (field, why, cell, fault, "<code><bdi>payload_commit</bdi></code>", "12,345", "&lt;b&gt;"):
        assert said in page, said
    assert "<bdi><b>" not in page


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_every_field_of_an_entry_has_words(language: str) -> None:
    """Whatever the schema may name as the first field that does not fit."""
    known = {name for fields in (schema._FRAME, *(each for each, _ in schema._FIELDS.values())) for name in fields}
    assert [name for name in known if f"ledger.field.{name}" not in catalogue(language)] == []


def disputed(west: "DeskScene", facts: dict[str, object]) -> None:
    """What we do not accept of the other side's ledger, written into our own."""
    writer = scribe(west.work.dealings.settings)
    assert writer is not None
    event = Event(
        reporting="west.example",
        reported="east.example",
        leaf_type=LeafType.DISPUTE,
        event_id=f"{facts.get('leaf') or facts.get('close')}.dispute",
        observed=None,
        facts=facts,
    )
    with west.store.write() as records:
        writer.write(records.ledger, [event], NOW - timedelta(hours=2))


def test_a_setting_is_shown_with_its_default(west: "DeskScene") -> None:
    """What is not set is not shown; whoever may not see settings sees none."""
    page = west.client.get("/settings").text
    assert "feedback@west.example" in page
    assert "per_network_per_day" not in page
    west.roles[:] = [Role.DESK]
    assert west.client.get("/settings").status_code == 403


def test_a_setting_says_what_it_means_in_the_readers_language(west: "DeskScene") -> None:
    """And so do those that are not set, for whoever asks for all."""
    west.client.get("/language/zh-Hans")
    page = west.client.get("/settings").text
    assert "发出我方报告的邮箱" in page
    assert "The mailbox our reports come from" not in page
    assert "per_network_per_day" not in page
    whole = west.client.get("/settings?all=yes").text
    assert "一个联系人一天最多收到多少份这类报告" in whole
    assert "per_network_per_day = 2" in whole
    assert "公钥在 DNS 中所用的选择器名称" in whole
    assert "<code>dkim.key</code>" in whole
    assert "`" not in whole


def test_secrets_are_hidden() -> None:
    """A password among other things, and one inside of an address; where a secret lies may be said."""
    text = """
[store]
database = "postgresql://comity:hunter2@db.west.example/comity"
[gates]
mailboxes = ["a@west.example"]
[watch]
imap = [{ host = "imap.west.example", account = "a@west.example", mailbox = "a@west.example", password = "hunter2" }]
[sending]
account = "comity@west.example"
password_file = "mail-host.password"
"""
    rooms = shown(parse(text, Path("comity.toml")), "en", everything=True)
    found = {each.name: each.value for room in rooms for each in room.settings if each.given}
    assert "hunter2" not in str(rooms)
    assert HIDDEN in found["database"]
    assert "comity:" in found["database"]
    assert f"password = {HIDDEN}" in found["imap"]
    assert found["password_file"].endswith("mail-host.password")
