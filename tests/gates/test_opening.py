"""Places of pages: one that cannot be opened costs the others nothing, and is opened as soon as it can be."""

import asyncio
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from comity.gates.opening import Opening
from comity.gates.web import WebPlace, serve_web
from comity.model.listener import Listener
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError, Outcome

Events = list[tuple[str, dict[str, object]]]


async def _app(scope: dict[str, object], receive: object, send: Callable[..., object]) -> None:
    """Nothing is asked of it."""


def _place(name: str, port: int) -> "partial[object]":
    return partial(serve_web, WebPlace(name=name, app=_app, listener=Listener(host="127.0.0.1", port=port)))


def _noted(events: Events) -> LogEvent:
    return lambda event, /, **details: events.append((event, details))


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_others_are_opened_and_this_one_later() -> None:
    """A port that somebody holds is named in the log; when it is free, it is ours."""
    events: Events = []

    async def run() -> None:
        with socket.create_server(("127.0.0.1", 0)) as holder:
            taken = holder.getsockname()[1]
            opening = Opening(
                [_place("desk", taken), _place("peers", 0)],  # type: ignore[list-item]
                _noted(events),
                again=0.01,
            )
            await opening.open()
            assert [each.partition("=")[0] for each in opening.places] == ["peers"]
            assert [(event, details["listener"]) for event, details in events] == [("web-closed", f"127.0.0.1:{taken}")]
        await asyncio.wait_for(opening.keep_trying(), 60)
        assert events[-1] == ("web-open", {"place": f"desk=127.0.0.1:{taken}"})
        assert await asyncio.to_thread(_answers, taken)
        await opening.end()

    asyncio.run(run())


def test_a_socket_that_cannot_be_made_costs_no_other(tmp_path: Path) -> None:
    """Its folder is not there; as soon as it is, the place is opened."""
    events: Events = []

    async def run() -> None:
        path = tmp_path / "run" / "desk"
        desk = partial(serve_web, WebPlace(name="desk", app=_app, listener=Listener(path=str(path))))
        opening = Opening([desk, _place("peers", 0)], _noted(events), again=0.01)  # type: ignore[list-item]
        await opening.open()
        assert [each.partition("=")[0] for each in opening.places] == ["peers"]
        assert [(event, details["listener"]) for event, details in events] == [("web-closed", f"unix:{path}")]
        path.parent.mkdir()
        await asyncio.wait_for(opening.keep_trying(), 60)
        assert events[-1] == ("web-open", {"place": f"desk=unix:{path}"})
        await opening.end()

    asyncio.run(run())


def test_nothing_to_open_is_an_error() -> None:
    """A process that would answer nowhere says so and ends."""

    async def run() -> None:
        with socket.create_server(("127.0.0.1", 0)) as holder:
            await Opening([_place("desk", holder.getsockname()[1])], print).open()  # type: ignore[list-item, arg-type]

    with pytest.raises(ComityError) as caught:
        asyncio.run(run())
    assert (caught.value.code, caught.value.outcome) == ("listen", Outcome.CONFIGURATION)
