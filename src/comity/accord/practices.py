"""The catalogue of voluntary practices, and official lists: read out of text.

Trust:      the catalogue is ours; a list is the operator's file: what cannot be used is told with its line.
Standards:  TOML 1.0 for the catalogue, CSV (RFC 4180) for lists.
Answers:    ``catalogue_of(text)`` gives practices, ``listed_of(text, source, known)`` entries and mistakes.
Limits:     a list of 1,000 entries; columns are found by name: number, text, text_zh, practice.
"""

import csv
import io
import tomllib
from collections.abc import Collection
from typing import Final

from comity.model.practice import Listed, Mode, Practice, Provenance

LIMIT: Final = 1000
COLUMNS: Final = ("number", "text", "text_zh", "practice")
ADDRESSEES: Final = ("operator", "isp", "email")


def catalogue_of(text: str) -> tuple[Practice, ...]:
    """Read the catalogue; ValueError or KeyError where it is not in its form."""
    return tuple(
        Practice(
            practice_id=each["id"],
            area=each["area"],
            addressees=tuple(each["addressees"]),
            provenance=Provenance(each["provenance"]),
            source=each["source"],
            mode=Mode(each["mode"]),
            measure=each.get("measure"),
            title=each["title"],
            text=each["text"],
        )
        for each in tomllib.loads(text)["practice"]
    )


def listed_of(text: str, source: str, known: Collection[str]) -> tuple[list[Listed], list[tuple[int, str]]]:
    """Read an official list: its entries, and (line, code) of what cannot be used.

    >>> listed_of("number,text,practice\\n1,Read abuse@,abuse-mailbox\\n2,,\\n3,x,y\\n", "a list", {"abuse-mailbox"})[1]
    [(3, 'practice-text'), (4, 'practice-unknown')]
    """
    found: list[Listed] = []
    mistakes: list[tuple[int, str]] = []
    try:
        reader = csv.DictReader(io.StringIO(text), strict=True)
        if reader.fieldnames is None or not {"number", "text"} <= {name.strip().lower() for name in reader.fieldnames}:
            return [], [(1, "practice-columns")]
        reader.fieldnames = [name.strip().lower() for name in reader.fieldnames]
        for row in reader:
            if len(found) == LIMIT:
                mistakes.append((reader.line_num, "practice-many"))
                break
            values = {name: (row.get(name) or "").strip() for name in COLUMNS}
            if not values["number"] or not values["text"]:
                mistakes.append((reader.line_num, "practice-text"))
            elif values["practice"] and values["practice"] not in known:
                mistakes.append((reader.line_num, "practice-unknown"))
            else:
                found.append(
                    Listed(
                        source=source,
                        number=values["number"],
                        text=values["text"],
                        text_zh=values["text_zh"] or None,
                        practice_id=values["practice"] or None,
                    )
                )
    except csv.Error:
        mistakes.append((reader.line_num, "practice-csv"))
    return found, mistakes
