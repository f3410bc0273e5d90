"""The catalogue is whole: about fifty themes in both languages, honest about where each comes from."""

import re
from importlib.resources import files

import pytest

from comity.accord.practices import ADDRESSEES, catalogue_of, listed_of
from comity.locale import LANGUAGES, catalogue
from comity.model.practice import Mode, Provenance
from comity.services.prove.practices import MEASURES

TEXT = files("comity").joinpath("catalogue", "practices.toml").read_text(encoding="utf-8")
PRACTICES = catalogue_of(TEXT)


def test_there_are_about_fifty_themes() -> None:
    """Each with an id of its own, and every addressee is served."""
    assert 45 <= len(PRACTICES) <= 60
    assert len({each.practice_id for each in PRACTICES}) == len(PRACTICES)
    for name in ADDRESSEES:
        assert sum(name in each.addressees for each in PRACTICES) >= 20


@pytest.mark.parametrize("practice", PRACTICES, ids=lambda each: each.practice_id)
def test_a_theme_is_whole(practice: object) -> None:
    """Both languages, a source, addressees that exist, and a measure only where there is such a query."""
    from comity.model.practice import Practice

    assert isinstance(practice, Practice)
    assert set(practice.title) == set(practice.text) == {"en", "zh"}
    assert re.search(r"[\u4e00-\u9fff]", practice.title["zh"] + practice.text["zh"])
    assert not re.search(r"[\u4e00-\u9fff]", practice.title["en"] + practice.text["en"])
    assert practice.source
    assert practice.addressees
    assert set(practice.addressees) <= set(ADDRESSEES)
    assert practice.measure is None or practice.measure in MEASURES
    assert practice.mode is not Mode.RECORDED or practice.measure is None or practice.measure == "outcomes-told"


def test_nothing_claims_to_be_one_of_the_joint_report() -> None:
    """Themes have no numbers; what is called attested names what attests it, and says of the list that it was not at hand."""
    assert "its text was not at hand" in TEXT
    for each in PRACTICES:
        words = " ".join((*each.title.values(), *each.text.values(), each.source))
        assert not re.search(
            r"\b(?:no\.|number|practice|recommendation) ?\d+\b|第\s*\d+\s*[条项]", words, re.IGNORECASE
        )
        if each.provenance is Provenance.ATTESTED:
            assert re.search(r"2004|2011", each.source)


def test_every_measure_serves_a_theme_and_has_words() -> None:
    """No query without a use, none without a sentence."""
    used = {each.measure for each in PRACTICES if each.measure}
    assert used == set(MEASURES)
    assert all(f"practice.measure.{name}" in catalogue(language) for name in MEASURES for language in LANGUAGES)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "practice-columns"),
        ("a,b\n1,2\n", "practice-columns"),
        ("number,text\n1,\n", "practice-text"),
        ('number,text\n1,"open', "practice-csv"),
        ("number,text,practice\n1,x,nothing\n", "practice-unknown"),
        ("number,text\n" + "1,x\n" * 1001, "practice-many"),
    ],
)
def test_a_list_that_cannot_be_used_is_told_by_line(text: str, code: str) -> None:
    """Each mistake has its line and its name."""
    mistakes = listed_of(text, "list", {"abuse-mailbox"})[1]
    assert [found for _, found in mistakes][-1] == code
