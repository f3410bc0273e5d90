"""Join playbooks: those that come with Comity, and the one in use.

Answers:    ``shipped()`` the names of those that come with it, ``playbook_named(name, folder)`` one of them or a file,
            ``playbook_in_use(settings)`` the one that the settings name, None where they name none.
"""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from comity.model.outcomes import ComityError, Outcome
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.model.playbook import Playbook, Span

_END = ".toml"


def shipped() -> Sequence[str]:
    """The playbooks that come with Comity."""
    names = (each.name for each in files("comity").joinpath("playbooks").iterdir())
    return sorted(name.removesuffix(_END) for name in names if name.endswith(_END))


def text_of(name: str, folder: Path) -> tuple[str, Path]:
    """The text of a shipped playbook or of a file, and where it stands."""
    if name in shipped():
        found = files("comity").joinpath("playbooks").joinpath(name + _END)
        return found.read_text(encoding="utf-8"), Path(str(found))
    path = folder / Path(name).expanduser()
    if not path.exists() and "/" not in name and not name.endswith(_END):
        raise ComityError(
            "playbook-unknown",
            f"there is no playbook {name}",
            outcome=Outcome.CONFIGURATION,
            place=name,
            details={"name": name, "known": ", ".join(shipped())},
        )
    from comity.settings.reader import read_text

    return read_text(path), path


def playbook_named(name: str, folder: Path) -> "Playbook":
    """One playbook."""
    from comity.settings.playbook.reading import parse_playbook

    return parse_playbook(*text_of(name, folder))


def playbook_in_use(settings: Settings) -> "Playbook | None":
    """The one that the settings name."""
    if settings.playbook.use is None:
        return None
    try:
        playbook = playbook_named(settings.playbook.use, settings.file.parent if settings.file else Path())
    except ComityError as error:
        raise _with_key(error, settings) from None
    known = {each.name for each in settings.playbook.webhooks}
    for rule in playbook.rules():
        for action in rule.actions:
            for name in (action.to, action.undoes):
                if name is not None and name not in known:
                    raise ComityError(
                        "playbook-webhook",
                        f"the settings know no webhook {name}",
                        outcome=Outcome.CONFIGURATION,
                        place=f"{playbook.place}: {rule.name}",
                        details={"name": name, "known": ", ".join(sorted(known)) or "-"},
                    )
    return playbook


def _with_key(error: ComityError, settings: Settings) -> ComityError:
    """A playbook that is not there is a mistake of the settings, which is mended where they name it."""
    from comity.settings.named_files import place_of
    from comity.settings.reader import wrong

    place = place_of(settings, "playbook", "use")
    if place is not None and error.code == "playbook-unknown":
        return wrong("playbook-unknown", f"{place}: playbook.use", **error.details)
    if place is not None and error.code == "settings-unreadable":
        return wrong("setting-file", place, name="playbook.use", file=error.place, **error.details)
    return error


def needed_playbook(settings: Settings, name: str | None = None) -> "Playbook":
    """The one named, else the one in use; without either, an error that says what there is."""
    found = playbook_named(name, Path()) if name is not None else playbook_in_use(settings)
    if found is None:
        raise ComityError(
            "playbook-none",
            "no playbook is in use",
            outcome=Outcome.CONFIGURATION,
            place=str(settings.file) if settings.file else None,
            details={"known": ", ".join(shipped())},
        )
    return found


def in_order(settings: Settings, languages: Sequence[str] = ()) -> tuple[str, ...]:
    """These languages, or every one in which we write, our own first."""
    both = ("zh", "en") if settings.identity.language == "zh" else ("en", "zh")
    return tuple(each for each in both if not languages or each in languages)


def span_of(text: str) -> "Span":
    """A length of time, or so many working days, as playbooks write it."""
    from comity.settings.kinds import RefusedError
    from comity.settings.playbook.kinds import Length

    try:
        return Length(working=True).take(text, Path())
    except RefusedError:
        details = {"text": text}
        raise ComityError(
            "letter-span", f"{text} is no length of time", outcome=Outcome.USAGE, details=details
        ) from None
