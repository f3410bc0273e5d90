"""The one table from an outcome to what each kind of caller is told."""

from comity.model.outcomes import ComityError, Outcome


def test_outcomes_have_distinct_statuses() -> None:
    """A script can tell every outcome by its exit status."""
    assert len({outcome.value.exit_status for outcome in Outcome}) == len(Outcome)


def test_an_error_reads_as_place_message_remedy() -> None:
    """Whoever uses the library sees where, what, and what to do in the text of the exception."""
    error = ComityError(
        "x", "no such key", outcome=Outcome.CONFIGURATION, place="comity.toml:3", remedy="did you mean domain?"
    )
    assert str(error) == "comity.toml:3: no such key (did you mean domain?)"
