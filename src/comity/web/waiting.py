"""What the doors of sites for people share: a no with its name, a form of our own pages, and threads that wait for the disk.

Trust:      a form is taken from our own pages alone, by where the browser says that it stands; its bounds are the site's.
Standards:  RFC 9110; ``application/x-www-form-urlencoded`` of the URL standard; RFC 7578.
Answers:    ``Refused``, ``Unfilled``; ``sent_form(request, most=..., seconds=...)`` gives its text, ``sent_file`` the fields
            and the file of one with a file; ``Waiting(store, name)``: ``inside`` does something in a thread, ``read`` and ``write``
            open a transaction there, ``look`` may ask a copy of the store, ``slowly`` keeps nobody else waiting.
Limits:     eight threads; two of their own for what strangers may ask for and that takes long, with twenty who wait for them.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, Final, Generic, Protocol, TypeVar

from starlette.requests import Request

from comity.formats.mime import parameters, scan
from comity.store.replica import Looked
from comity.web.arriving import BodyError, body_of, is_ours

THREADS: Final = 8
SLOW_THREADS: Final = 2  # of their own: whoever guesses passwords must not keep those who are signed in waiting
IN_LINE: Final = 20
FIELD_BYTES: Final = 16 << 10  # of a form with a file, for all that is no file
FIELDS: Final = 20
_T = TypeVar("_T")
_Rows = TypeVar("_Rows")
_RowsOut_co = TypeVar("_RowsOut_co", covariant=True)


class Refused(Exception):  # noqa: N818 - an answer that is a no
    """A page that says no. Names: ``missing``, ``gone``, ``often``, ``form``, ``forbidden``, ``closed``, ``fault``."""

    def __init__(self, name: str, status: int) -> None:
        super().__init__(name)
        self.name, self.status = name, status


class Unfilled(Refused):
    """A form in which something is missing or wrong; ``said`` names the sentence, ``field`` what it is about."""

    def __init__(
        self, said: str, field: str = "", *, status: int = 422, arguments: Mapping[str, object] | None = None
    ) -> None:
        super().__init__("form", status)
        self.said, self.field, self.arguments = said, field, arguments or {}


class Transactions(Protocol[_RowsOut_co]):
    """Where rows are."""

    def read(self) -> AbstractContextManager[_RowsOut_co]:
        """Look."""

    def write(self) -> AbstractContextManager[_RowsOut_co]:
        """Change, all or nothing."""

    def look(self, function: Callable[[Any], _T], *, after: int = 0) -> Looked[_T]:
        """What the function finds, perhaps in a copy that is a little old, but has what was written up to ``after``."""


async def sent_form(request: Request, *, most: int, seconds: float) -> str:
    """The text of a form that one of our own pages sent."""
    if not is_ours(request):
        raise Refused("form", 403)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise Refused("form", 415)
    try:
        return (await body_of(request, most=most, seconds=seconds)).decode("utf-8")
    except BodyError as error:
        raise Refused("form", error.status) from None
    except UnicodeDecodeError:
        raise Refused("form", 400) from None


async def sent_file(request: Request, *, most: int, seconds: float) -> tuple[dict[str, str], bytes]:
    """The fields of a form with a file that one of our own pages sent (RFC 7578), and the file: the first one that was chosen."""
    kind = request.headers.get("content-type", "")
    if not is_ours(request):
        raise Refused("form", 403)
    if kind.partition(";")[0].strip().lower() != "multipart/form-data":
        raise Refused("form", 415)
    try:
        body = await body_of(request, most=most + FIELD_BYTES, seconds=seconds)
    except BodyError as error:
        raise Refused("form", error.status) from None
    fields: dict[str, str] = {}
    file = b""
    for part in scan(b"Content-Type: %s\r\n\r\n%s" % (kind.encode("latin-1"), body)).children[:FIELDS]:
        named = parameters(part.headers.first("content-disposition") or "")
        if "filename" in named:
            file = file or part.body
        elif len(part.body) <= FIELD_BYTES:
            fields.setdefault(named.get("name", ""), part.body.decode("utf-8", "replace"))
    return fields, file


class Waiting(Generic[_Rows]):
    """Threads in which a site waits for its store."""

    def __init__(self, store: Transactions[_Rows], name: str) -> None:
        self._store = store
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix=name)
        self._slow, self._in_line = ThreadPoolExecutor(SLOW_THREADS, thread_name_prefix=f"{name}-slow"), 0

    async def inside(self, function: Callable[[], _T]) -> _T:
        """Do something that may wait for the disk."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)

    async def slowly(self, function: Callable[[], _T]) -> _T:
        """Do something that a stranger may ask for and that costs much or waits for others, where it keeps nobody else waiting."""
        if self._in_line >= IN_LINE:
            raise Refused("often", 429)
        self._in_line += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._slow, function)
        finally:
            self._in_line -= 1

    def looked(self, function: Callable[[_Rows], _T]) -> _T:
        """Look at the store, in the thread that this is."""
        with self._store.read() as rows:
            return function(rows)

    def changed(self, function: Callable[[_Rows], _T]) -> _T:
        """Change the store in one transaction, in the thread that this is."""
        with self._store.write() as rows:
            return function(rows)

    async def read(self, function: Callable[[_Rows], _T]) -> _T:
        """Look at the store."""
        return await self.inside(lambda: self.looked(function))

    async def look(self, function: Callable[[_Rows], _T], *, after: int = 0) -> Looked[_T]:
        """Look where it may be a little old; what is not found there is looked for where it cannot be."""
        try:
            return await self.inside(lambda: self._store.look(function, after=after))
        except Refused:
            return Looked(await self.read(function))

    async def write(self, function: Callable[[_Rows], _T]) -> _T:
        """Change the store in one transaction."""
        return await self.inside(lambda: self.changed(function))
