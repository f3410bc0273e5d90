"""Colours of the style sheets, counted from their variables, for a light screen and a dark one; and that the focus is seen.

Standards:  WCAG 2.2 AA: 1.4.3 (text 4.5 : 1), 1.4.11 (edges of fields 3 : 1), 2.4.7 (focus visible).
"""

import re
from importlib.resources import files
from itertools import product
from typing import Final

import pytest

SHEETS: Final = ("desk.css", "help.css", "notice.css", "statement.css", "triage.css")
INKS: Final = ("ink", "soft", "accent", "high", "middle", "good", "bad", "warn")
GROUNDS: Final = ("ground", "sheet")
SUNK: Final = ("sunk", "hover", "bed")
EDGES: Final = ("edge",)
TEXT, EDGE = 4.5, 3.0


def text_of(name: str) -> str:
    """A style sheet, without its comments."""
    return re.sub(
        r"/\*.*?\*/", "", files("comity.web").joinpath("static", name).read_text(encoding="utf-8"), flags=re.DOTALL
    )


def schemes(text: str) -> dict[str, dict[str, str]]:
    """The colours of both schemes by the names of their variables."""
    light, *dark = (dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6})\b", each)) for each in roots(text)[:2])
    return {"light": light, "dark": light | (dark[0] if dark else {})}


def roots(text: str) -> list[str]:
    """The blocks of variables, but those for paper."""
    return re.findall(r":root\s*\{([^}]*)\}", text.partition("@media print")[0])


def luminance(colour: str) -> float:
    """Relative luminance.

    >>> round(luminance("#ffffff"), 3), luminance("#000000")
    (1.0, 0.0)
    """
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """How far two colours are apart.

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def wanted(text: str, known: dict[str, str]) -> dict[tuple[str, str], float]:
    """Which colours stand upon which, and how far apart they must be."""
    found = dict.fromkeys(product(INKS, GROUNDS), TEXT) | dict.fromkeys(product(EDGES, GROUNDS), EDGE)
    found |= dict.fromkeys(product(("ink", "soft", "accent"), SUNK), TEXT)
    found |= {(each, f"{each}-{bed}"): TEXT for each in INKS for bed in ("sunk", "bed")}
    for rule in re.findall(r"\{([^{}]*)\}", text):
        upon = re.search(r"background:\s*var\(--([a-z-]+)\)", rule)
        word = re.search(r"(?:^|[;\s])color:\s*var\(--([a-z-]+)\)", rule)
        if upon and word:
            found[word[1], upon[1]] = TEXT
    return {pair: least for pair, least in found.items() if set(pair) <= known.keys()}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", SHEETS)
def test_words_stand_out_from_what_they_stand_upon(name: str, scheme: str) -> None:
    """Every pair that a rule names, and every ink upon every ground."""
    text = text_of(name)
    known = schemes(text)[scheme]
    pairs = wanted(text, known)
    assert len(pairs) > 4
    near = {
        pair: round(found, 2)
        for pair, least in pairs.items()
        if (found := contrast(*(known[each] for each in pair))) < least
    }
    assert near == {}


@pytest.mark.parametrize("name", [each for each in SHEETS if each != "notice.css"])  # a notice has nothing to press
def test_the_focus_is_seen(name: str) -> None:
    """An outline of three pixels; none is taken away but from what a script or a skip link alone focuses."""
    text = text_of(name)
    assert re.search(r"^:focus-visible \{ outline: 3px solid var\(--accent\)", text, re.MULTILINE)
    assert re.findall(r"([^{}]+)\{[^{}]*outline:\s*(?:none|0)", text.replace("\n", " ")) in ([], [" main:focus "])
    assert contrast(*(schemes(text)["light"][each] for each in ("accent", "ground"))) >= EDGE


@pytest.mark.parametrize("name", SHEETS)
def test_nothing_moves_for_whoever_wants_it_still(name: str) -> None:
    """No animation; a smooth scroll alone, which browsers drop by themselves."""
    assert not re.search(r"animation|transition|@keyframes", text_of(name))
