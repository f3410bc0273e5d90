"""The OpenAPI document, and the page that is made of it, say what the code does."""

import json
from pathlib import Path

from comity.locale import LANGUAGES, catalogue
from comity.model.api_token import Scope
from comity.web.api import openapi
from comity.web.api.problems import PROBLEMS
from comity.web.api.reference import page

ROOT = Path(__file__).parents[3]


def operations() -> list[dict[str, object]]:
    return [each for methods in openapi()["paths"].values() for each in methods.values()]


def test_the_pages_are_current() -> None:
    """docs/reference is what the code says; ``script/docs`` writes it."""
    document = openapi()
    folder = ROOT / "docs/reference"
    assert json.loads((folder / "openapi.json").read_text(encoding="utf-8")) == json.loads(json.dumps(document))
    assert (folder / "api.md").read_text(encoding="utf-8") == page(document)


def test_every_operation_has_a_name_of_its_own_and_says_its_noes() -> None:
    """A program can rely on ``operationId``, on the scopes, and on every status being listed."""
    found = operations()
    names = [each["operationId"] for each in found]
    assert len(set(names)) == len(names) >= 7
    for each in found:
        answers = each["responses"]
        assert isinstance(answers, dict)
        needed = {"400", "422", "500"} | ({"401", "403", "429", "503"} if "security" in each else set())
        assert needed <= set(answers), each["operationId"]
        assert each["description"]


def test_every_no_has_words_and_is_documented() -> None:
    """A code that can be answered is explained in both languages, and stands in the document."""
    text = json.dumps(openapi())
    for code in PROBLEMS.keys() - {"no-method"}:  # what is no operation stands in no document
        for language in LANGUAGES:
            assert f"problem.{code}" in catalogue(language)
            assert f"problem.{code}.detail" in catalogue(language)
        assert f'"/v1/problems/{code}"' in text, code


def test_every_scope_opens_something() -> None:
    """A scope that no operation asks for would be a promise without anything behind it."""
    asked = {scope for each in operations() for scope in each.get("x-scopes", ())}  # type: ignore[attr-defined]
    assert asked == {each.value for each in Scope}
