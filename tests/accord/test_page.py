"""The page of life cycles says what the tables say."""

from pathlib import Path

from comity.accord import recourse
from comity.accord.agreement import life
from comity.accord.page import page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "life-cycles.md"


def test_the_page_is_current() -> None:
    """``script/docs`` writes it."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_state_and_act_is_on_it() -> None:
    """Of both tables."""
    text = page()
    for table in (life.LIFE, recourse.LIFE):
        for state, acts in table.items():
            for act, target in acts.items():  # type: ignore[attr-defined]
                assert f"| `{state.value}` | `{act.value}` | `{target.value}` |" in text or (
                    f"| `{state.value}` | *{act.value}* | `{target.value}` |" in text
                )
