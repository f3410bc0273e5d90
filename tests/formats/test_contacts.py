"""Lists of how subscribers are reached: all that is said is taken, and what cannot be read is named by its line."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.contacts import read_contacts
from comity.model.infestation import SubscriberContact
from comity.model.line_slip import LineSlip

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def read(text: bytes) -> list[SubscriberContact | LineSlip]:
    return list(read_contacts(text.splitlines(keepends=True), "list.csv", NOW))


def test_all_columns_are_taken() -> None:
    """In any order, with a byte order mark; what is empty is not known."""
    text = "\ufeffhotspot,phone,mail,language,subscriber\r\n是,+86 10 1234,wang@mail.example,zh_CN,line-1\r\n,,,,line-2\r\n"
    assert read(text.encode()) == [
        SubscriberContact(
            subscriber="line-1",
            language="zh-CN",
            mail="wang@mail.example",
            phone="+86 10 1234",
            is_hotspot=True,
            taken=NOW,
        ),
        SubscriberContact(subscriber="line-2", taken=NOW),
    ]


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        (b"name,mail\n", "list.csv:1", "columns"),
        (b"subscriber,e-mail\n", "list.csv:1", "columns"),
        (b"subscriber,mail,mail\n", "list.csv:1", "columns"),
        (b"subscriber\n\nline-1\nline-1\n", "list.csv:4", "twice"),
        (b"subscriber,mail\nline-1,wang\n", "list.csv:2", "mail"),
        (b"subscriber,mail\nline-1,a@b.example,c\n", "list.csv:2", "cells"),
        (b"subscriber,mail\nline-1\n", "list.csv:2", "cells"),
        (b"subscriber,phone\nline-1,call me\n", "list.csv:2", "phone"),
        (b"subscriber,language\nline-1,Chinese please\n", "list.csv:2", "language"),
        (b"subscriber,hotspot\nline-1,perhaps\n", "list.csv:2", "hotspot"),
        (b"subscriber,mail\n,a@b.example\n", "list.csv:2", "name"),
        (b"subscriber\nline-\xff\n", "list.csv:2", "charset"),
        (b'subscriber\n"line-1\n', "list.csv:2", "cells"),
        (b"subscriber,phone\nline-1,+86 138 0013", "list.csv:2", "cut"),
        (b"subscriber,mail\nline-1,a@b.example\nline-2,a@b.examp", "list.csv:3", "cut"),
    ],
)
def test_what_cannot_be_read_is_named(text: bytes, place: str, code: str) -> None:
    """File and line; it is the last thing that comes."""
    (*_, slip) = read(text)
    assert isinstance(slip, LineSlip)
    assert (slip.place, slip.code) == (place, code)


@given(st.binary(max_size=300))
def test_any_bytes_are_answered(data: bytes) -> None:
    """Nothing is raised."""
    found = read(data)
    assert sum(isinstance(each, LineSlip) for each in found) <= 1
