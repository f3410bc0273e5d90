"""The example of a garden by RADIUS: what it hands to radclient, and what it says when the equipment refuses, or says nothing."""

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "contrib" / "garden" / "coa.sh"
pytestmark = pytest.mark.skipif(shutil.which("jq") is None, reason="the example needs jq")


class Equipment:
    """A radclient that writes down what it was given, and answers as it is told."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.secret = folder, folder / "secret"
        self.secret.write_text("s3cret\n")
        self.answers(0, "Received CoA-ACK Id 7")

    def answers(self, status: int, text: str, asked_for_more: str = "") -> None:
        """What it says from now on, and with -x."""
        program = self.folder / "radclient"
        more = f'case "$*" in *-x*) echo "{asked_for_more}" ;; esac'
        program.write_text(
            f'#!/bin/sh\necho "$@" > {self.folder}/given\ncat >> {self.folder}/given\necho "{text}"\n{more}\nexit {status}\n'
        )
        program.chmod(0o755)

    def told(self, word: str, line: str = "line-7", *, ends: timedelta = timedelta(hours=1)) -> tuple[int, str]:
        """Exit status and what was said, as ``playbook.garden_command`` calls it."""
        until = f"{datetime.now(UTC) + ends:%Y-%m-%dT%H:%M:%SZ}"
        done = subprocess.run(
            ["/bin/sh", str(SCRIPT), word],
            input=json.dumps({"line": line, "until": until, "why": "told/3"}),
            env={"PATH": f"{self.folder}:/usr/bin:/bin", "NAS": "bras.east.example:3799", "SECRET": str(self.secret)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    @property
    def given(self) -> list[str]:
        """What radclient was given: its words, then the attributes."""
        path = self.folder / "given"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def equipment(tmp_path: Path) -> Equipment:
    """Equipment that agrees."""
    return Equipment(tmp_path)


def test_a_line_is_confined_until_its_end_and_let_out(equipment: Equipment) -> None:
    """A Change of Authorization with the policy, and with a timeout so that the equipment ends it by itself."""
    assert equipment.told("confine")[0] == 0
    words, attributes = equipment.given
    assert words.split()[-2:] == ["bras.east.example:3799", "coa"]
    assert attributes.startswith('User-Name = "line-7", Filter-Id = "comity-garden", Session-Timeout = ')
    timeout, asked = (int(each.rpartition(" ")[2]) for each in attributes.split(", ")[2:])
    assert 3500 < timeout <= 3600
    assert abs(asked - datetime.now(UTC).timestamp()) < 60
    assert equipment.told("release")[0] == 0
    assert equipment.given[1].startswith('User-Name = "line-7", Filter-Id = "default", Event-Timestamp = ')


@pytest.mark.parametrize("line", ['x", Framed-IP-Address = "10.0.0.1', "a\nb", "", "l" * 201, "线"])
def test_no_name_of_a_line_adds_an_attribute(equipment: Equipment, line: str) -> None:
    """What does not fit is refused as bad input, and nothing is sent."""
    assert equipment.told("confine", line)[0] == 65
    assert equipment.given == []


def test_what_has_passed_confines_nobody(equipment: Equipment) -> None:
    """Never longer than its end."""
    assert equipment.told("confine", ends=-timedelta(seconds=9))[0] == 65
    assert equipment.given == []


def test_what_the_equipment_refuses_is_said(equipment: Equipment) -> None:
    """A refusal is of this line alone; a line without a session is out, which is what release wants."""
    equipment.answers(1, "Received CoA-NAK Id 7", "\tError-Cause = Session-Context-Not-Found")
    assert equipment.told("confine") == (1, "the equipment refuses\nrefused: Error-Cause = Session-Context-Not-Found\n")
    assert equipment.told("release")[0] == 0
    equipment.answers(1, "Received CoA-NAK Id 7", "\tError-Cause = Administratively-Prohibited")
    assert equipment.told("release")[0] == 1


def test_no_answer_is_no_refusal(equipment: Equipment) -> None:
    """Nobody answers the others either: exit status 75, and what to look for."""
    equipment.answers(1, "Sent CoA-Request Id 7", "(0) No reply from server for ID 7 socket 3")
    for word in ("confine", "release"):
        status, said = equipment.told(word)
        assert (status, said.count("\n"), "secret" in said) == (75, 1, True)
