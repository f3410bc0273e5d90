"""The catalogue of voluntary practices, and official lists: read out of text.

Trust:      the catalogue is ours; a list is the operator's file: what cannot be used is told with its line.
Standards:  TOML 1.0 for the catalogue, CSV (RFC 4180) for lists.
Answers:    ``catalogue_of(text)`` gives practices, ``listed_of(text, source, known)`` entries and mistakes. A claim is put before a
            peer as guidance (``title_of``): ``reviewed(claim, versions)`` tells who of the other side signed it, and
            ``claimed_in(versions)`` which claims were put so.
Limits:     a list of 1,000 entries; columns are found by name: number, text, text_zh, practice.
"""

import csv
import io
import tomllib
from collections.abc import Collection, Iterable
from typing import Final

from comity.model.guidance import KeptVersion
from comity.model.practice import Claim, Listed, Mode, Practice, Provenance, Reviewed, Standing

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


def title_of(practice_id: str, standing: Standing) -> str:
    """How a claim is called in English where it is put before a peer: by this it is known again.

    >>> title_of("abuse-mailbox", Standing.KEPT)
    'abuse-mailbox: kept'
    """
    return f"{practice_id}: {standing.value}"


def reviewed(claim: Claim, versions: Iterable[KeptVersion]) -> Reviewed | None:
    """Who of the other side signed this claim, or is asked to; None where it was put before nobody.

    Only a text that the claiming network wrote itself, word for word, and that the other one signed as it stands, is a review.
    """
    found: Reviewed | None = None
    for each in versions:
        said = each.said
        if claim_in(each) != (claim.practice_id, claim.network, claim.standing, claim.evidence):
            continue
        other = next(party for party in said.parties if party != said.issuer)
        if found is None or (found.at is None and each.agreed is not None):
            found = Reviewed(network=other, by=each.agreed_by, at=each.agreed, guidance_id=said.guidance_id)
    return found


def claim_in(kept: KeptVersion) -> tuple[str, str, Standing, str] | None:
    """Practice, network, standing and evidence of a claim that was put as guidance; None where it is other guidance."""
    said = kept.said
    if len(said.practices) != 1:
        return None
    found = [each for each in Standing if said.title["en"] == title_of(said.practices[0], each)]
    return (said.practices[0], said.issuer, found[0], said.text["en"]) if found else None


def claimed_in(versions: Iterable[KeptVersion], *, ours: str) -> list[Claim]:
    """What other networks claim by their signature, newest first."""
    found = [
        Claim(practice_id=put[0], network=put[1], standing=put[2], evidence=put[3], reviewer=None, at=each.said.made)
        for each in versions
        if each.said.issuer != ours and (put := claim_in(each)) is not None
    ]
    return sorted(found, key=lambda each: each.at, reverse=True)
