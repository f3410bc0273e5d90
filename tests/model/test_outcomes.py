"""The one table from an outcome to what each kind of caller is told."""

from comity.model.outcomes import ComityError, Outcome


def test_outcomes_have_distinct_answers() -> None:
    """No two outcomes are told alike: a script or a mail server can tell each from every other by what it is given."""
    told = {(outcome.value.exit_status, outcome.value.smtp_code, outcome.value.enhanced) for outcome in Outcome}
    assert len(told) == len(Outcome.__members__)


def test_what_may_pass_is_told_as_passing() -> None:
    """Every protocol agrees whether to try again: 4xx with 75, 70 or 78, 5xx with bad input or a missing right."""
    for outcome in Outcome:
        answer = outcome.value
        if answer.smtp_code // 100 == 5:
            assert answer.exit_status in (64, 65, 77)
            assert 400 <= answer.http_status < 500
        if answer.smtp_code // 100 == 4:
            assert answer.exit_status in (70, 75, 78)


def test_an_error_reads_as_place_message_remedy() -> None:
    """Whoever uses the library sees where, what, and what to do in the text of the exception."""
    error = ComityError(
        "x", "no such key", outcome=Outcome.CONFIGURATION, place="comity.toml:3", remedy="did you mean domain?"
    )
    assert str(error) == "comity.toml:3: no such key (did you mean domain?)"
