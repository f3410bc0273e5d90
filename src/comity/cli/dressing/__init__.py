"""What the library of the command line says by itself, in the reader's language: help texts and what is wrong with a line.

Trust:      a message quotes what was typed; it is made plain where it is shown.
Answers:    ``in_our_words(text)`` for a help text; ``usage_fault(message)`` what is wrong with a command line;
            ``below(words, name)`` how a command is called, as its help shows it.
Limits:     a message of the library that we do not know stays in its language.
"""

import re
from typing import Final

from comity.cli.speech import speaker
from comity.locale import Catalogue

_HELP: Final = (
    ("Usage: ", "help.word-usage"),
    ("Options:\n", "help.word-options"),
    ("Arguments:\n", "help.word-arguments"),
    ("Commands:\n", "help.word-commands"),
    ("Show this message and exit.", "help.word-help"),
    ("[required]", "help.word-required"),
    ("[default: ", "help.word-default"),
)
# What is said of one value; what of a whole line. Each hole of a sentence is a group of its pattern.
_VALUES: Final = (
    (re.compile(r"(?:Value error, )?(?P<value>'.*') is not one of (?P<known>'.*?')\.?"), "usage.not-one-of"),
    (
        re.compile(r"Input should be a valid integer.*|'.*' is not a valid (?:integer|int)(?: range)?\.?"),
        "usage.no-integer",
    ),
    (re.compile(r"Input should be a valid number.*|'.*' is not a valid float(?: range)?\.?"), "usage.no-number"),
    (re.compile(r"Input should be greater than or equal to (?P<n>\S+)"), "usage.at-least"),
    (re.compile(r"Input should be less than or equal to (?P<n>\S+)"), "usage.at-most"),
    (re.compile(r"(?:[Ff]ile|[Dd]irectory|[Pp]ath) (?P<value>'.*') does not exist\.?"), "usage.no-file"),
    (re.compile(r"(?:[Ff]ile|[Pp]ath) (?P<value>'.*') is a directory\.?"), "usage.is-folder"),
    (re.compile(r"(?:[Dd]irectory|[Pp]ath) (?P<value>'.*') is a file\.?"), "usage.is-file"),
)
_LINES: Final = (
    (re.compile(r"Missing option (?P<name>'.*?')\.(?: .*)?"), "usage.option-missing"),
    (re.compile(r"Missing argument (?P<name>'.*?')\.(?: .*)?"), "usage.argument-missing"),
    (re.compile(r"No such option: (?P<name>\S+)(?: \(Possible options: (?P<near>.*)\))?"), "usage.no-option"),
    (re.compile(r"No such command (?P<name>'.*?')\.(?: .*)?"), "usage.no-command"),
    (re.compile(r"Got unexpected extra argument(?:s|\(s\))? \((?P<value>.*)\)"), "usage.too-much"),
    (re.compile(r"Option (?P<name>'.*?') requires an argument\."), "usage.needs-value"),
    (re.compile(r"Option (?P<name>'.*?') does not take a value\."), "usage.takes-no-value"),
)
_ABOUT: Final = re.compile(r"Invalid value for (?P<name>.+?): (?P<rest>.*)", re.DOTALL)


def in_our_words(text: str) -> str:
    """The few words that the library itself puts into a help text, in the reader's language."""
    words = speaker()
    for theirs, ours in _HELP:
        text = text.replace(theirs, words.say(ours))
    return text


def usage_fault(message: str) -> str:
    """What is wrong with a command line, as the library says it, in the reader's language.

    >>> usage_fault("Missing option '--nonce'.")
    "the option '--nonce' is missing"
    >>> usage_fault("Invalid value for '--state': Value error, 'x' is not one of 'a', 'b'.")
    "'--state' does not take 'x'; it takes 'a', 'b'"
    """
    words = speaker()
    for pattern, said in _LINES:
        if (found := pattern.fullmatch(message)) is not None:
            is_near = bool(found.groupdict().get("near"))
            return words.say(f"{said}-near" if is_near else said, **found.groupdict())
    if (about := _ABOUT.fullmatch(message)) is None:
        return message
    for pattern, said in _VALUES:
        if (found := pattern.fullmatch(about["rest"])) is not None:
            return words.say(said, name=about["name"], **found.groupdict())
    return words.say("usage.value", name=about["name"], why=about["rest"])


def below(words: Catalogue, name: str, *, is_group: bool) -> str | None:
    """What stands below the options of a command: how it is called, of a group where more is said; None where nothing is known."""
    if is_group:
        return words.say("help.group-more", path="comity " + name.replace(".", " "))
    said = f"example.{name}"
    return None if said not in words else words.say("help.example", line=words.say(said))
