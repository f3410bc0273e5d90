"""What values a setting takes.

Answers:    ``kind.take(value, folder)`` gives the value in our own type or raises ``RefusedError``; ``kind.wants`` is the message
            that says what would fit.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, Final, Protocol

from comity.model.listener import Listener
from comity.model.message import Message

Network = IPv4Network | IPv6Network

_SERVERS: Final = ("postgresql", "postgres")
_LAST_PORT: Final = 65535
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?")
_HOST: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?>\.{_LABEL})*+")


_URL: Final = re.compile(
    r"(?:https://[a-z0-9._-]+|http://(?:127\.0\.0\.1|localhost|\[::1\]))(?::\d{1,5})?/[!-;=?-~]*", re.IGNORECASE
)


class RefusedError(Exception):
    """A value does not fit its setting; ``at`` is the number of the entry of a list that does not, ``wants`` what would."""

    def __init__(self, at: int | None = None, wants: Message | None = None) -> None:
        super().__init__()
        self.at, self.wants = at, wants


class Kind(Protocol):
    """One sort of value."""

    @property
    def wants(self) -> Message:
        """What fits, for the page and for errors."""

    def take(self, value: object, folder: Path) -> object:
        """The value in our own type."""


@dataclass(frozen=True, slots=True)
class Text:
    """Free text, one line."""

    @property
    def wants(self) -> Message:
        return Message("wants.text")

    def take(self, value: object, folder: Path) -> str:
        if not isinstance(value, str) or not value or not value.isprintable():
            raise RefusedError
        return value


@dataclass(frozen=True, slots=True)
class Choice:
    """One word of a few."""

    words: tuple[str, ...]

    @property
    def wants(self) -> Message:
        return Message("wants.choice", {"words": ", ".join(f'"{word}"' for word in self.words)})

    def take(self, value: object, folder: Path) -> str:
        if value not in self.words:
            raise RefusedError
        return str(value)


@dataclass(frozen=True, slots=True)
class Name:
    """A short name that may also be the name of a folder."""

    @property
    def wants(self) -> Message:
        return Message("wants.name")

    def take(self, value: object, folder: Path) -> str:
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            raise RefusedError
        return value


@dataclass(frozen=True, slots=True)
class Switch:
    """Yes or no."""

    @property
    def wants(self) -> Message:
        return Message("wants.switch")

    def take(self, value: object, folder: Path) -> bool:
        if not isinstance(value, bool):
            raise RefusedError
        return value


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number within bounds."""

    least: int
    most: int

    @property
    def wants(self) -> Message:
        return Message("wants.number", {"least": self.least, "most": self.most})

    def take(self, value: object, folder: Path) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not self.least <= value <= self.most:
            raise RefusedError
        return value


@dataclass(frozen=True, slots=True)
class Days:
    """A whole number of days within bounds."""

    least: int
    most: int

    @property
    def wants(self) -> Message:
        return Message("wants.days", {"least": self.least, "most": self.most})

    def take(self, value: object, folder: Path) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not self.least <= value <= self.most:
            raise RefusedError
        return value


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain or host name, kept in lower case, an international one in its ASCII form."""

    @property
    def wants(self) -> Message:
        return Message("wants.domain")

    def take(self, value: object, folder: Path) -> str:
        if not isinstance(value, str):
            raise RefusedError
        name = value.lower().removesuffix(".")
        if not name.isascii():
            try:
                name = name.encode("idna").decode("ascii")
            except UnicodeError:
                raise RefusedError from None
        if not _HOST.fullmatch(name):
            raise RefusedError
        return name


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mail address; or, where ``whole_domains``, ``@domain`` for all addresses of a domain."""

    whole_domains: bool = False

    @property
    def wants(self) -> Message:
        return Message("wants.mailbox-or-domain" if self.whole_domains else "wants.mailbox")

    def take(self, value: object, folder: Path) -> str:
        local, at, domain = value.rpartition("@") if isinstance(value, str) else ("", "", "")
        if not at or not (local or self.whole_domains) or not local.isprintable() or set(local) & set(" <>@,;"):
            raise RefusedError
        return f"{local}@{Domain().take(domain, folder)}"


@dataclass(frozen=True, slots=True)
class Prefix:
    """A network, or a single address."""

    @property
    def wants(self) -> Message:
        return Message("wants.network")

    def take(self, value: object, folder: Path) -> Network:
        try:
            return ip_network(value if isinstance(value, str) else "")
        except ValueError:
            raise RefusedError from None


@dataclass(frozen=True, slots=True)
class HostOrPrefix:
    """A host by name or by network."""

    @property
    def wants(self) -> Message:
        return Message("wants.host-or-network")

    def take(self, value: object, folder: Path) -> str:
        try:
            return str(Prefix().take(value, folder))
        except RefusedError:
            return Domain().take(value, folder)


@dataclass(frozen=True, slots=True)
class File:
    """A path; a relative one counts from the folder of the settings file."""

    @property
    def wants(self) -> Message:
        return Message("wants.path")

    def take(self, value: object, folder: Path) -> Path:
        if not isinstance(value, str) or not value or "\0" in value:
            raise RefusedError
        try:
            return folder / Path(value).expanduser()
        except RuntimeError:  # "~somebody" whom this machine does not know
            raise RefusedError from None


@dataclass(frozen=True, slots=True)
class Url:
    """An https address; http on this machine alone."""

    @property
    def wants(self) -> Message:
        """What fits."""
        return Message("wants.url")

    def take(self, value: object, folder: Path) -> str:
        """The address."""
        if not isinstance(value, str) or not _URL.fullmatch(value) or "@" in value.partition("//")[2].partition("/")[0]:
            raise RefusedError
        return value


@dataclass(frozen=True, slots=True)
class Database:
    """A path, or the address of a database on a server: ``postgresql://HOST/NAME``."""

    @property
    def wants(self) -> Message:
        return Message("wants.database")

    def take(self, value: object, folder: Path) -> Path | str:
        if not isinstance(value, str) or "://" not in value:
            return File().take(value, folder)
        return ServerDatabase().take(value, folder)


@dataclass(frozen=True, slots=True)
class ServerDatabase:
    """The address of a database on a server: ``postgresql://HOST/NAME``."""

    @property
    def wants(self) -> Message:
        return Message("wants.server-database")

    def take(self, value: object, folder: Path) -> str:
        if not isinstance(value, str):
            raise RefusedError
        scheme, _, rest = value.partition("://")
        if scheme not in _SERVERS or not value.isprintable() or " " in value or "/" not in rest:
            raise RefusedError
        return value


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen: ``unix:PATH``, or an address of this machine and a port."""

    @property
    def wants(self) -> Message:
        return Message("wants.place")

    def take(self, value: object, folder: Path) -> Listener:
        if not isinstance(value, str):
            raise RefusedError
        if value.startswith("unix:"):
            return Listener(path=str(File().take(value.removeprefix("unix:"), folder)))
        host, colon, port = value.rpartition(":")
        if not colon or not port.isascii() or not port.isdigit() or int(port) > _LAST_PORT:
            raise RefusedError
        bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        try:
            return Listener(host=str(ip_address(bare)), port=int(port))
        except ValueError:
            raise RefusedError from None


@dataclass(frozen=True, slots=True)
class Many:
    """A list, each of one kind."""

    kind: Kind

    @property
    def wants(self) -> Message:
        return Message("wants.list", {"each": self.kind.wants})

    def take(self, value: object, folder: Path) -> tuple[object, ...]:
        if not isinstance(value, list):
            raise RefusedError
        taken: list[object] = []
        for at, one in enumerate(value):
            try:
                taken.append(self.kind.take(one, folder))
            except RefusedError:
                raise RefusedError(at, self.kind.wants) from None
        return tuple(taken)


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret, on one line. It is never shown again."""

    @property
    def wants(self) -> Message:
        return Message("wants.text")

    def take(self, value: object, folder: Path) -> str:
        return Text().take(value, folder)


@dataclass(frozen=True, slots=True)
class Entries:
    """A list of tables, each with settings of its own; they are read by ``comity.settings.reader``."""

    record: type[Any]

    @property
    def wants(self) -> Message:
        return Message("wants.tables")

    def take(self, value: object, folder: Path) -> list[dict[str, object]]:
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise RefusedError
        return value


def about(kind: Kind, sentence: str, *, example: str) -> Mapping[str, Any]:
    """What is known about one setting, as metadata of its field; ``example`` is TOML, for the page."""
    return {"kind": kind, "sentence": sentence, "example": example}
