"""Forms that are refused come back with what was typed, and the reason beside the field that it is about."""

import re
from pathlib import Path

import httpx
import pytest

from comity.remediation.notice.reference import made

from .conftest import KEY, HelpScene, a_help_scene

WAIT = {"en": "many tries in a short time", "zh_Hans": "短时间内"}


def reason(answer: httpx.Response) -> str:
    """What stands under the id to which a field points."""
    assert 'aria-describedby="refused' in answer.text
    found = re.findall(r'id="refused" role="alert">([^<]+)<', answer.text)
    assert len(found) == 1
    return str(found[0])


def tired(scene: HelpScene) -> None:
    """Nobody of this household may ask any more."""
    while scene.post("/en/check", reference=made("x", KEY)).status_code == 200:
        pass


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_whoever_asks_too_often_keeps_what_was_typed(tmp_path: Path, language: str) -> None:
    """In each form of the site, with the status that says to wait; nothing is looked up or counted."""
    with a_help_scene(tmp_path, per_minute=6) as scene:
        tired(scene)
        typed = scene.post(f"/{language}/check", reference="1234 <b>")
        assert typed.status_code == 429
        assert WAIT[language] in reason(typed)
        assert 'value="1234 &lt;b&gt;"' in typed.text
        opened = scene.post(f"/{language}/open", reference=scene.notice.reference, first=scene.words().first)
        assert opened.status_code == 429
        assert WAIT[language] in reason(opened)
        assert f'name="reference" value="{scene.notice.reference}"' in opened.text
        assert scene.words().first not in opened.text
        question = scene.work.packs.of(language).questions[0]
        chosen = max(question.answers)
        asked = scene.post(f"/{language}/questions", phase="after", **{question.key: chosen})
        assert asked.status_code == 429
        assert WAIT[language] in reason(asked)
        assert 'value="after" checked' in asked.text
        assert f'name="{question.key}" value="{chosen}" checked' in asked.text
        assert question.why not in asked.text


def test_what_is_no_form_of_ours_is_told_on_a_page_of_its_own(tmp_path: Path) -> None:
    """Too large a form, a page of one's own, a language that there is not: to wait, and nothing more."""
    with a_help_scene(tmp_path, per_minute=6) as scene:
        tired(scene)
        answers = [
            scene.client.post("/en/check", content=b"a" * 5000),
            scene.post(f"/en/my/{scene.token()}", act="self-done"),
            scene.post("/en/my/made-up", act="self-done"),
        ]
        assert [each.status_code for each in answers] == [429] * 3
        assert all("Please wait a moment" in each.text and "mirai" not in each.text for each in answers)
        assert scene.post("/xx/check", reference="1").status_code == 404


def test_a_question_that_was_left_out_is_marked(scene: HelpScene) -> None:
    """The phase is asked for beside its own buttons, and the answers stay chosen."""
    question = scene.work.packs.of("en").questions[0]
    chosen = min(question.answers)
    answer = scene.post("/en/questions", **{question.key: chosen})
    assert answer.status_code == 400
    assert reason(answer) == scene.work.packs.of("en").words["questions.left"]
    assert f'name="{question.key}" value="{chosen}" checked' in answer.text
    assert "autofocus" in answer.text
