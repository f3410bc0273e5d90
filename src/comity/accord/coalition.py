"""Entries of a directory of members as records that are signed, and back.

Trust:      a record comes from another network: what does not fit names the field in which it does not; nothing is raised.
Standards:  languages as BCP 47 tags of two or three letters; times are whole seconds since 1970.
Answers:    ``member_record``, ``read_member``: a record, or the name of a field.
Limits:     twelve contacts; an entry lasts at most 400 days, so that one that nobody renews goes away by itself.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from comity.accord.fitting import Check, is_domain, is_second, misfit, moment, second
from comity.formats import header_text
from comity.model.coalition import Contact, Member

MEMBER: Final = "member"
ROLES: Final = ("abuse", "noc", "escalation", "policy", "translator")
LONGEST: Final = timedelta(days=400)
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_HAN: Final = re.compile("[\u3400-\u9fff]")


def member_record(said: Member) -> dict[str, Any]:
    """The record that is signed."""
    return {
        "type": MEMBER,
        "issuer": said.issuer,
        "version": said.version,
        "organisation": dict(said.organisation),
        "contacts": [
            {"role": each.role, "address": each.address, "languages": list(each.languages), "hours": each.hours}
            for each in said.contacts
        ],
        "made": second(said.made),
        "ends": second(said.ends),
    }


def read_member(record: Mapping[str, Any]) -> Member | str:
    """The entry, or the field that does not fit."""
    wrong = misfit(record, _FIELDS, MEMBER)
    if wrong is not None:
        return wrong
    made, ends = moment(record["made"]), moment(record["ends"])
    if not made < ends <= made + LONGEST:
        return "ends"
    return Member(
        issuer=record["issuer"],
        version=record["version"],
        organisation=dict(record["organisation"]),
        contacts=tuple(
            Contact(role=each["role"], address=each["address"], languages=tuple(each["languages"]), hours=each["hours"])
            for each in record["contacts"]
        ),
        made=made,
        ends=ends,
    )


def contact_of(text: str) -> Contact | None:
    """A contact as an operator types it: role, address, languages, hours.

    >>> contact_of("escalation noc@west.example en,zh Mon-Fri 09:00-18:00 +08:00").languages
    ('en', 'zh')
    """
    words = text.split(None, 3)
    if len(words) != 4:
        return None
    found = {"role": words[0], "address": words[1], "languages": words[2].split(","), "hours": words[3].strip()}
    if not _is_contact(found):
        return None
    return Contact(role=words[0], address=words[1], languages=tuple(words[2].split(",")), hours=words[3].strip())


def _is_line(value: Any, most: int) -> bool:
    return isinstance(value, str) and len(value.strip()) > 0 and len(value) <= most and value.isprintable()


def _is_contact(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"role", "address", "languages", "hours"}
        and value["role"] in ROLES
        and isinstance(value["address"], str)
        and header_text.address(value["address"]) == value["address"]
        and isinstance(value["languages"], list)
        and 0 < len(value["languages"]) <= 6
        and all(isinstance(each, str) and _LANGUAGE.fullmatch(each) for each in value["languages"])
        and _is_line(value["hours"], 60)
    )


def _is_organisation(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"en", "zh"}
        and all(_is_line(each, 120) for each in value.values())
        and _HAN.search(value["zh"]) is not None
    )


_FIELDS: Final[Mapping[str, Check]] = {
    "issuer": is_domain,
    "version": lambda value: type(value) is int and 0 < value < 1_000_000,
    "organisation": _is_organisation,
    "contacts": lambda value: (
        isinstance(value, list) and 0 < len(value) <= 12 and all(_is_contact(each) for each in value)
    ),
    "made": is_second,
    "ends": is_second,
}
