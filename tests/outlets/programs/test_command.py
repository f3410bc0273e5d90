"""A program of the operator's is told something: how it ended says what became of it."""

from pathlib import Path

import pytest

from comity.outlets.programs.command import CommandOut


@pytest.mark.parametrize(("ended", "status"), [(0, 200), (1, 500), (64, 500), (75, 0)])
def test_how_it_ended_says_what_became_of_it(tmp_path: Path, ended: int, status: int) -> None:
    """75 is what programs end with when nobody answered them: whoever is next would wait as long."""
    program = tmp_path / "garden"
    program.write_text(f"#!/bin/sh\ncat > {tmp_path}/told\necho because >&2\nexit {ended}\n")
    program.chmod(0o755)
    ran = CommandOut([str(program)]).run("release", {"line": "line-7"})
    assert (ran.status, ran.said) == (status, f"exit status {ended}: because")
    assert (tmp_path / "told").read_text() == '{"line": "line-7"}'
