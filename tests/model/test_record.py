"""A record is a frozen dataclass in everything but the time it takes."""

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, is_dataclass, replace

import pytest

from comity.model.feedback import FeedbackReport, Kind, Reading
from comity.model.record import maker, record


@record
class Trial:
    """One of each kind of field."""

    name: str
    number: int = 7
    values: dict[str, str] = field(default_factory=dict)
    hidden: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """The same as a plain dataclass."""

    name: str
    number: int = 7
    values: dict[str, str] = field(default_factory=dict)
    hidden: str | None = field(default=None, repr=False)


def test_it_takes_and_shows_its_fields_as_a_plain_one() -> None:
    """Signature, values, defaults, text and equality."""
    own, plains = inspect.signature(Trial).parameters, inspect.signature(Plain).parameters
    assert [(name, each.kind) for name, each in own.items()] == [(name, each.kind) for name, each in plains.items()]
    made, plain = Trial(name="a"), Plain(name="a")
    assert repr(made).replace("Trial", "Plain") == repr(plain)
    assert [getattr(made, each.name) for each in fields(made)] == [getattr(plain, each.name) for each in fields(plain)]
    assert made == Trial(name="a", number=7)
    assert made != Trial(name="b")
    assert made != plain
    assert made.values is not Trial(name="a").values
    assert is_dataclass(made)
    assert type(made) is Trial


def test_its_maker_makes_what_the_constructor_makes() -> None:
    """The same fields, defaults and class, and the same errors."""
    make = maker(Trial)
    for arguments in ({"name": "a"}, {"name": "a", "number": 1, "values": {"b": "c"}, "hidden": "d"}):
        made = make(**arguments)
        assert made == Trial(**arguments)
        assert type(made) is Trial
    assert make(name="a").values is not make(name="a").values
    with pytest.raises(FrozenInstanceError):
        make(name="a").name = "b"  # type: ignore[misc]
    with pytest.raises(TypeError):
        make(number=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        make(name="a", other=1)  # type: ignore[call-arg]


def test_it_stays_as_it_was_made() -> None:
    """No field can be set, none deleted, none added."""
    made = Trial(name="a")
    with pytest.raises(FrozenInstanceError):
        made.name = "b"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del made.name
    with pytest.raises((FrozenInstanceError, TypeError, AttributeError)):
        made.other = 1  # type: ignore[attr-defined]
    assert replace(made, number=8) == Trial(name="a", number=8)


@pytest.mark.parametrize("arguments", [{}, {"name": "a", "other": 1}])
def test_a_field_too_few_or_too_many_is_an_error(arguments: dict[str, object]) -> None:
    """Said as Python says it of any function."""
    with pytest.raises(TypeError, match=r"Trial\.__init__"):
        Trial(**arguments)  # type: ignore[arg-type]


def test_it_has_no_subclass() -> None:
    """The slots of a subclass would be others than those of the twin."""
    with pytest.raises(TypeError, match="no subclass"):
        type("Child", (Trial,), {})


def test_it_passes_from_process_to_process() -> None:
    """Pickled, copied, and each field where it was; a state of another shape is refused."""
    made = Reading(
        kind=Kind.ARF, why="why.feedback-part", reports=(FeedbackReport(source_ip="192.0.2.1", extra={"a": "b"}),)
    )
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(made, protocol)) == made  # noqa: S301 - our own bytes
    assert copy.deepcopy(made) == copy.copy(made) == made
    with pytest.raises(ValueError, match="unpack"):
        Trial.__new__(Trial).__setstate__([1, 2])  # type: ignore[attr-defined]
