"""What stands around every request: how it is framed, what an answer always carries, what the log says, faults of ours.

Trust:      a request whose length is said in two ways is refused and its connection closed, so that nobody between us and the
            caller can be made to see another request than we do.
Standards:  RFC 9112 section 6.3 (message length) and section 11.2 (request smuggling); RFC 9110.
Answers:    ``Edge(app, log)``: an ASGI application.
Limits:     an answer before the end of a body closes the connection: the rest is not read.
"""

import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from starlette.responses import JSONResponse

from comity.model.log_events import LogEvent
from comity.web.api.problems import MEDIA, Problem, body_of, headers_of, words_for

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_ALWAYS: Final = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)


class Edge:
    """The outermost application."""

    def __init__(self, app: App, log: LogEvent) -> None:
        self._app, self._log = app, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = str(uuid.uuid4())
        scope.setdefault("state", {})["request_id"] = request_id
        exchange = _Exchange(scope, receive, send)
        code: str | None = None
        try:
            if exchange.is_framed_twice:
                raise Problem("framing-unfit")
            await self._app(scope, exchange.receive, exchange.send)
        except Problem as problem:
            code = problem.code
            await exchange.answer(problem, request_id)
        except Exception as error:  # the edge of one request: the caller is told, and others are served
            code = "fault"
            self._log("api-fault", kind=type(error).__name__, request=request_id)
            await exchange.answer(Problem("fault"), request_id)
        state = scope["state"]
        self._log(
            "api-request",
            act=getattr(scope.get("route"), "operation_id", None),
            token=state.get("token"),
            status=exchange.status,
            error=code or state.get("problem"),
            request=request_id,
        )


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        fields: list[tuple[bytes, bytes]] = scope["headers"]
        lengths = [value for name, value in fields if name == b"content-length"]
        codings = [value for name, value in fields if name == b"transfer-encoding"]
        self.is_framed_twice = len(lengths) + len(codings) > 1
        self._is_open = bool(codings) or any(each.strip(b"0 ") for each in lengths)  # a body comes that nobody has read
        self.status: int | None = None

    async def receive(self) -> Message:
        """The next piece of the body."""
        message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body"):
            self._is_open = False
        return message

    async def send(self, message: Message) -> None:
        """The next piece of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            fields = [*message.get("headers", ()), *_ALWAYS]
            if self._is_open or self.is_framed_twice:
                fields.append((b"connection", b"close"))
            message = {**message, "headers": fields}
        await self._send(message)

    async def answer(self, problem: Problem, request_id: str) -> None:
        """Say no, if nothing was said yet."""
        if self.status is not None:
            return
        accepted = [v.decode("latin-1") for n, v in self._scope["headers"] if n == b"accept-language"]
        words = words_for(accepted)
        headers = {"content-language": words.html_language, **headers_of(problem)}
        response = JSONResponse(body_of(problem, words, request_id), problem.status, headers, MEDIA)
        await response(self._scope, self.receive, self.send)
