"""Every sentence that Comity shows to people, by message id, in English and Simplified Chinese.

Trust:      the sentences are ours; what fills their holes may be a stranger's: escape it where it is shown.
Answers:    ``catalogue(language)`` gives a ``Catalogue``; ``say(id, **arguments)`` gives the sentence. Never raises:
            an unknown id comes back in brackets, a hole without an argument stays visible.
Limits:     all files ``LANGUAGE/*.toml`` are flat tables ``"id" = "sentence with {holes}"`` and are merged; an id stands once,
            at the beginning of a line.
            Where an argument ``n`` is 1 and ``id.one`` exists, that sentence is taken (languages without a singular leave it out).
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from comity.model.message import Message, OwnWords

LANGUAGES: Final = ("en", "zh_Hans")
FALLBACK: Final = "en"
_OFTEN: Final = 50
_ID: Final = re.compile(r'^"([^"]+)" =', re.MULTILINE)


class _Holes(dict[str, object]):
    """Arguments of one sentence; what is missing stays in braces, so that a test and a reader see it."""

    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


class Catalogue:
    """The sentences of one language.

    >>> catalogue("en").say("no-such-id")
    '[no-such-id]'
    """

    __slots__ = ("_sentences", "language")

    def __init__(self, language: str, sentences: Mapping[str, str]) -> None:
        self.language = language
        self._sentences = sentences

    @property
    def html_language(self) -> str:
        """The language tag for HTML and HTTP (BCP 47)."""
        return self.language.replace("_", "-")

    def say(self, message_id: str, /, **arguments: object) -> str:
        """The sentence with its holes filled; a ``Message`` or ``OwnWords`` among the arguments is said in the same language."""
        sentence = None
        if arguments.get("n") == 1:
            sentence = self._sentences.get(f"{message_id}.one")
        if sentence is None:
            sentence = self._sentences.get(message_id)
        if sentence is None:
            return f"[{message_id}]"
        said = {name: self._spoken(value) for name, value in arguments.items()}
        try:
            return sentence.format_map(_Holes(said))
        except (ValueError, AttributeError, LookupError, TypeError):
            return sentence  # an argument of the wrong type must not cost the reader the sentence

    def _spoken(self, value: object) -> object:
        if isinstance(value, OwnWords):
            return value.chinese if self.language.startswith("zh") else value.english
        return self.tell(value) if isinstance(value, Message) else value

    def tell(self, message: Message) -> str:
        """The words of a message."""
        return self.say(message.message_id, **message.arguments)

    def called(self, message_id: str, otherwise: str) -> str:
        """What people call something, ``otherwise`` where there is no word for it.

        >>> catalogue("en").called("no-such-id", "a code")
        'a code'
        """
        return self.say(message_id) if message_id in self else otherwise

    def __contains__(self, message_id: object) -> bool:
        return message_id in self._sentences

    def __iter__(self) -> Iterator[str]:
        return iter(self._sentences)

    def template(self, message_id: str) -> str | None:
        """The sentence with its holes open, None where there is none."""
        return self._sentences.get(message_id)


def language_of(wanted: str | None) -> str:
    """The language of ours that serves best whoever asks for ``wanted`` (a locale name or a BCP 47 tag).

    >>> language_of("zh-CN"), language_of("en_US.UTF-8"), language_of("C"), language_of("zh_CN.GB18030")
    ('zh_Hans', 'en', 'en', 'zh_Hans')
    """
    primary = (wanted or "").strip().lower().replace("_", "-").split(".")[0].split("@")[0].split("-")[0]
    return "zh_Hans" if primary in ("zh", "cmn", "chinese") else FALLBACK


def speaks(wanted: str) -> bool:
    """Whether one of our languages was asked for by name.

    >>> speaks("zh-CN"), speaks("en"), speaks("C"), speaks("fr")
    (True, True, True, False)
    """
    primary = wanted.strip().lower().replace("_", "-").split(".")[0].split("@")[0].split("-")[0]
    return primary in ("en", "c", "posix", "english") or language_of(wanted) != FALLBACK


def catalogue(language: str | None) -> Catalogue:
    """The sentences in the language that serves ``language`` best; English where we have none."""
    return _loaded(language_of(language))


class _Files(Mapping[str, str]):
    """The sentences of some files, each file taken apart when one of its sentences is asked for.

    One mail that is judged from a shell needs three of forty files, and all of them take longer than the judging.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)  # of the files that nobody needed yet, by their names
        self._known: dict[str, str] = {}
        self._searches = 0
        self._files: dict[str, str] | None = None  # the file of each sentence; made for whoever asks often

    def get(self, message_id: str, default: Any = None, /) -> Any:
        """One sentence."""
        sentence = self._known.get(message_id)
        if sentence is not None or not self._texts:
            return default if sentence is None else sentence
        for name in self._places(message_id):
            self._take_apart(name)
        return self._known.get(message_id, default)

    def _places(self, message_id: str) -> list[str]:
        """The files that have it; to ask for what none of them has costs a server a search through all of them each time."""
        self._searches += 1
        if self._searches < _OFTEN:
            key = f'\n"{message_id}" ='
            return [name for name, text in self._texts.items() if key in text]
        if self._files is None:
            self._files = {each: name for name, text in self._texts.items() for each in _ID.findall(text)}
        return [name for name in [self._files.get(message_id)] if name is not None]

    def __getitem__(self, message_id: str) -> str:
        sentence: str | None = self.get(message_id)
        if sentence is None:
            raise KeyError(message_id)
        return sentence

    def __iter__(self) -> Iterator[str]:
        for name in list(self._texts):
            self._take_apart(name)
        return iter(self._known)

    def __len__(self) -> int:
        return len(list(iter(self)))

    def _take_apart(self, name: str) -> None:
        """Two threads may do so at once: what both find is the same, and it is known before its text is gone."""
        text = self._texts.get(name)
        if text is not None:
            self._known.update(tomllib.loads(text))
            self._texts.pop(name, None)


@cache
def _loaded(language: str) -> Catalogue:
    entries = sorted(files(__name__).joinpath(language).iterdir(), key=lambda found: found.name)
    texts = {each.name: "\n" + each.read_text(encoding="utf-8") for each in entries if each.name.endswith(".toml")}
    return Catalogue(language, _Files(texts))
