"""Tell what happens, step by step: as a story of 80 columns, or as one JSON object a step.

Trust:      strangers' words (subjects, parties, names of files) pass ``plain`` before they are shown.
Answers:    ``Telling.step(name)`` is a context manager; inside it ``tell`` tells, ``check`` states what must be true, ``ran``
            shows a command. ``failed`` counts the checks that did not hold.
Limits:     a step that raises is told as far as it went, and is not whole.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from comity.cli.speech import plain, speaker
from comity.cli.wrapping import wrapped

_WIDTH = 80


class Telling:
    """One run of the demonstration, as others see it."""

    def __init__(self, *, as_json: bool, begun: Callable[[], None] | None = None) -> None:
        """Where ``begun`` is given, it is told of each step, and nothing is shown."""
        self._as_json, self._begun = as_json, begun
        self._console = Console(width=min(_WIDTH, Console().width), highlight=False, quiet=begun is not None)
        self._steps = 0
        self.broken: list[str] = []  # the checks that did not hold
        self._checks: list[dict[str, object]] = []
        self.failed = 0
        self.held = 0

    @contextmanager
    def step(self, name: str, **holes: object) -> Iterator[None]:
        """One step of the story."""
        self._steps += 1
        if self._begun is not None:
            self._begun()
        self._checks = []
        began = time.monotonic()
        if not self._as_json:
            self._console.print()
            self._console.rule(f"[bold]{self._steps}  {escape(speaker().say(f'demo.{name}'))}", align="left")
        self.tell(f"{name}.what", **holes)
        is_whole = False
        try:
            yield
            is_whole = True
        finally:
            if self._as_json:
                holds = is_whole and all(each["holds"] for each in self._checks)
                told = {"step": name, "holds": holds, "seconds": round(time.monotonic() - began, 2)}
                print(json.dumps(told | {"checks": self._checks}, ensure_ascii=True), flush=True)

    def tell(self, name: str, **holes: object) -> None:
        """A sentence of the story."""
        if not self._as_json:
            text = speaker().say(f"demo.{name}", **_shown(holes))
            lines = [text] if "\n" in text else wrapped(text, self._console.width)  # commands are copied whole
            for line in lines:
                self._console.print(escape(line), style="default", soft_wrap=True)

    def detail(self, name: str, **holes: object) -> None:
        """One line below a sentence."""
        if not self._as_json:
            self._console.print(escape(f"    {speaker().say(f'demo.{name}', **_shown(holes))}"), style="default")

    def quote(self, text: str) -> None:
        """What somebody reads, line by line."""
        if not self._as_json:
            for paragraph in text.splitlines():
                for line in wrapped(plain(paragraph), self._console.width - 4):
                    self._console.print(f"  [dim]|[/dim] {escape(line)}", soft_wrap=True)

    def check(self, name: str, holds: bool, **holes: object) -> None:
        """State what must be true, and whether it is."""
        self.failed += not holds
        self.broken += [] if holds else [name]
        self.held += holds
        self._checks.append({"check": name, "holds": holds, **holes})
        if not self._as_json:
            mark = speaker().say("demo.ok" if holds else "demo.failed")
            color = "green" if holds else "bold red"
            indent = 2 + cell_len(mark) + 1
            text = speaker().say(f"demo.check.{name}", **_shown(holes))
            first, *others = wrapped(text, self._console.width - indent)
            self._console.print(f"  [{color}]{escape(mark)}[/{color}] {escape(first)}", soft_wrap=True)
            for line in others:
                self._console.print(" " * indent + escape(line), soft_wrap=True)

    def ran(self, words: Sequence[str]) -> None:
        """A command that was run, as anybody could type it."""
        if not self._as_json:
            self._console.print(escape(f"  $ {plain(' '.join(words))}"), style="dim", soft_wrap=True)

    def rows(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A small table."""
        if self._as_json or not rows:
            return
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_edge=False)
        for head in heads:
            table.add_column(escape(speaker().say(f"demo.col.{head}")), overflow="fold", header_style="dim")
        widths = [max(cell_len(row[place]) for row in rows) for place in range(len(heads))]
        room = self._console.width - sum(widths[:-1]) - 2 * (len(heads) - 1)
        for *cells, last in rows:
            text = "\n".join(wrapped(plain(last), max(room, 20)))
            table.add_row(*(escape(plain(cell)) for cell in cells), escape(text))
        self._console.print(table)

    def end(self) -> None:
        """Whether everything held."""
        if self._as_json:
            print(
                json.dumps({"step": "end", "holds": not self.failed, "checks_held": self.held, "failed": self.failed})
            )
            return
        self._console.print()
        name = "demo.some-failed" if self.failed else "demo.all-held"
        text = speaker().say(name, n=self.failed or self.held)
        self._console.print(escape(text), style="bold red" if self.failed else "green")


def _shown(holes: dict[str, object]) -> dict[str, object]:
    return {name: plain(value) if isinstance(value, str) else value for name, value in holes.items()}
