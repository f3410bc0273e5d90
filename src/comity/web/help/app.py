"""The site for subscribers: public pages, the check of a notice, a page of one's own, a captive portal's API.

Trust:      strangers; see ``desk``. A check says nothing of the subscriber; a page of one's own opens with reference and first
            word, or from the line itself where it is in the walled garden. Its address holds a token that ends.
Standards:  RFC 8908 (application/captive+json), RFC 9110; POST, redirect, GET, so that a reload says nothing twice.
Answers:    ``help_app(work)`` gives the ASGI application.
Limits:     no cookie, no session, no script but the search's. A wrong word counts for the reference, whoever typed it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC
from functools import partial
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from comity.model.notice import SelfServiceAct
from comity.model.outcomes import ComityError
from comity.remediation.guides.pack import LanguagePack
from comity.remediation.notice.reference import read, shown
from comity.services.remedy.checking import CheckOutcome
from comity.services.remedy.self_service import OwnPage, line_of
from comity.web.help.desk import HelpDesk, HelpWork
from comity.web.help.pages import CHECK, QUESTIONS, SEARCH
from comity.web.help.private import ACTS, captive_page, own_page
from comity.web.waiting import Refused

CAPTIVE_MEDIA: Final = "application/captive+json"
_SAID: Final = frozenset({"step", *(act.value for act in SelfServiceAct)})
_PHASES: Final = ("before", "after")
Answer = Callable[[Request], Awaitable[Response]]


def help_app(work: HelpWork) -> Starlette:
    """The application."""
    desk = HelpDesk(work)
    shared = {
        pack.language: {name: text.encode("utf-8") for name, text in desk.pages.public(pack).items()}
        for pack in work.packs.languages.values()
    }
    routes = [
        _route("/", partial(_start, desk)),
        _route("/captive", partial(_captive, desk)),
        _route("/captive/api", partial(_captive_api, desk)),
        _route("/{language}/captive", partial(_captive, desk)),
        _route("/{language}/check", partial(_check_form, desk)),
        _route("/{language}/check", partial(_check, desk), "POST"),
        _route("/{language}/open", partial(_open, desk), "POST"),
        _route("/{language}/my/{token}", partial(_own, desk)),
        _route("/{language}/my/{token}", partial(_own_act, desk), "POST"),
        _route("/{language}/questions", partial(_questions, desk)),
        _route("/{language}/questions", partial(_answered, desk), "POST"),
        _route("/{language}/{name}", partial(_public, desk, shared)),
        _route("/{language}", partial(_folder, desk)),
        _route("/{language}/", partial(_folder, desk)),  # as people type it, and as a folder of files answers
    ]
    no = partial(_refused, desk)
    app = Starlette(routes=routes, exception_handlers={Refused: no, HTTPException: no, ComityError: no, Exception: no})
    app.router.redirect_slashes = False  # it would lead to whatever host the request names
    return app


def _route(path: str, answer: Answer, method: str = "GET") -> Route:
    async def endpoint(request: Request) -> Response:
        return await answer(request)

    return Route(path, endpoint, methods=[method])


async def _refused(desk: HelpDesk, request: Request, error: Exception) -> Response:
    if isinstance(error, Refused):
        name, status = error.name, error.status
    elif isinstance(error, HTTPException):
        name, status = "missing", error.status_code
    else:
        status = error.outcome.value.http_status if isinstance(error, ComityError) else 500
        name = "often" if status in (429, 503) else "fault"
    desk.work.log("help-refused", reason=name, status=status, kind=type(error).__name__)
    if name == "often" and request.method == "POST" and (text := await _form_again(desk, request)):
        return desk.answer(text, status=status)
    pack = desk.work.packs.languages.get(str(request.path_params.get("language"))) or desk.accepted(request)
    help_line = desk.work.house.help_line
    # As deep as the page that was asked for.
    here = f"my/{QUESTIONS}" if "token" in request.path_params else "index.html"
    up = "" if "language" in request.path_params else f"{pack.language}/"
    text = desk.pages.page(
        "message",
        pack,
        here=here,
        up="../" if "token" in request.path_params else up,
        title=pack.words[f"{name}.title"],
        text=pack.text(f"{name}.text", help_line=help_line),
        again=name == "gone",
        is_private=True,
    )
    return desk.answer(text, status=status)


async def _form_again(desk: HelpDesk, request: Request) -> str | None:
    """The page with the form that came too often, with what was typed and the reason beside it; None where it is no such page."""
    pack = desk.work.packs.languages.get(str(request.path_params.get("language")))
    try:
        form = await desk.form(request)
    except Refused:
        return None
    if pack is None:
        return None
    refusal, typed = pack.text("often.text", help_line=desk.work.house.help_line), form.get("reference", "")[:60]
    match request.url.path.rpartition("/")[2]:
        case "check":
            return _check_page(desk, pack, _Said(typed=typed, refusal=refusal))
        case "open":
            return _check_page(desk, pack, _Said(typed=typed, word_refusal=refusal))
        case "questions":
            return _questions_page(desk, pack, form, refusal=refusal)
        case _:  # nothing is typed on a page of one's own; whoever guesses at its address learns nothing more
            return None


async def _start(desk: HelpDesk, request: Request) -> Response:
    return RedirectResponse(f"{desk.accepted(request).language}/index.html", 302, {"vary": "accept-language"})


async def _folder(desk: HelpDesk, request: Request) -> Response:
    up = "" if request.url.path.endswith("/") else f"{desk.pack(request).language}/"
    return RedirectResponse(f"{up}index.html", 302)


async def _public(desk: HelpDesk, shared: dict[str, dict[str, bytes]], request: Request) -> Response:
    name = str(request.path_params["name"])
    data = shared[desk.pack(request).language].get(name)
    if data is None:
        raise Refused("missing", 404)
    return desk.answer(data.decode("utf-8"), script=name == SEARCH, may_keep=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What the page of the check says."""

    outcome: str = ""
    typed: str = ""
    second: str = ""
    word_tag: str = ""
    refusal: str = ""  # stands beside the field of the reference
    word_refusal: str = ""  # beside that of the first word


async def _check_form(desk: HelpDesk, request: Request) -> Response:
    return desk.answer(_check_page(desk, desk.pack(request), _Said()))


def _check_page(desk: HelpDesk, pack: LanguagePack, said: _Said) -> str:
    return desk.pages.page("check", pack, here=CHECK, title=pack.words["check.title"], is_private=True, **asdict(said))


async def _check(desk: HelpDesk, request: Request) -> Response:
    pack = desk.pack(request)
    desk.asks(request)
    typed = (await desk.form(request)).get("reference", "")[:60]
    checked = await desk.write(lambda records: desk.work.checking.check(records.notices, typed))
    second, tag = "", pack.tag
    if checked.given is not None and checked.outcome is CheckOutcome.KNOWN:
        spoken = desk.work.packs.of(checked.given.language)  # in the language of the notice: there it is compared
        second, tag = desk.work.checking.words(checked.given.reference, spoken.pair_words).second, spoken.tag
    desk.work.log("help-checked", outcome=checked.outcome.value)
    shown_as = shown(checked.reference) if checked.reference else typed
    said = _Said(outcome=checked.outcome.value, typed=shown_as, second=second, word_tag=tag)
    return desk.answer(_check_page(desk, pack, said))


async def _open(desk: HelpDesk, request: Request) -> Response:
    pack, now = desk.pack(request), desk.work.now()
    desk.asks(request)
    form = await desk.form(request)
    typed = form.get("reference", "")[:60]
    reference, today = read(typed) or "", f"{now:%Y-%m-%d}"
    if not desk.tries.begins(reference, today):
        raise Refused("often", 429)
    was_wrong = False
    try:
        given, exists = await desk.read(
            lambda records: (
                desk.work.checking.opens(records.notices, typed, form.get("first", "")),
                records.notices.find(reference) is not None,
            )
        )
        was_wrong = given is None and exists  # made up ones must not push out of memory what was tried on one of ours
    finally:
        desk.tries.ends(reference, today, was_wrong=was_wrong)
    if given is None:
        desk.work.log("help-checked", outcome="wrong-word")
        wrong = pack.text("check.open-wrong", help_line=desk.work.house.help_line)
        return desk.answer(_check_page(desk, pack, _Said(typed=typed, word_refusal=wrong)))
    token = desk.work.tokens.made(given.reference, now + desk.work.page_life)
    return RedirectResponse(f"my/{token}", 303, {"cache-control": "no-store"})


async def _own(desk: HelpDesk, request: Request) -> Response:
    pack, token = desk.pack(request), str(request.path_params["token"])
    now = desk.work.now()

    def look(records: Any) -> OwnPage | None:
        page = desk.work.self_service.open(records.notices, token, now)
        return None if page is None else replace(page, line=line_of(records, page.notice.case_id, now))

    page = await desk.read(look)
    if page is None:
        desk.asks(request)
        raise Refused("gone", 410)
    said, at = request.query_params.get("said", ""), request.query_params.get("at", "")
    opened = at if at in pack.guides else page.notice.guide
    said = said if said in _SAID else ""
    return desk.answer(own_page(desk.pages, pack, page, zone=desk.work.zone, token=token, said=said, opened=opened))


async def _own_act(desk: HelpDesk, request: Request) -> Response:
    pack, token = desk.pack(request), str(request.path_params["token"])
    desk.asks(request)
    form, now = await desk.form(request), desk.work.now()
    acts = {act.value: act for act, _ in ACTS}
    step = (form.get("device", ""), form.get("step", ""))
    known = {(guide.name, each.key) for guide in pack.guides.values() for each in guide.steps}
    if form.get("act") not in acts and step not in known:
        raise Refused("missing", 400)

    def change(records: object) -> str:
        page = desk.work.self_service.open(records.notices, token, now)  # type: ignore[attr-defined]  # a transaction of the store
        if page is None:
            raise Refused("gone", 410)
        if form.get("act") in acts:
            desk.work.self_service.say(records, page, acts[form["act"]], now=now)
            return f"?said={form['act']}#main"
        done = now if form.get("done") == "1" else None
        desk.work.self_service.mark(records.notices, page, step, done=done)  # type: ignore[attr-defined]  # the same
        return f"?said=step&at={step[0]}#{step[0]}"

    where = await desk.write(change)
    return RedirectResponse(f"{token}{where}", 303, {"cache-control": "no-store"})


async def _captive(desk: HelpDesk, request: Request) -> Response:
    pack = desk.pack(request) if "language" in request.path_params else desk.accepted(request)
    if "language" not in request.path_params:
        return RedirectResponse(f"/{pack.language}/captive", 302, {"vary": "accept-language"})
    line, now = desk.client(request), desk.work.now()
    confined = await desk.read(lambda records: desk.work.garden(records, line, now))
    if confined is None or confined.is_leaving:
        word = "captive.none" if confined is None else "captive.leaving"
        text = desk.pages.page("message", pack, here="captive", title=pack.words[word],
                               text=pack.text(f"{word}-text", help_line=desk.work.house.help_line), again=False)  # fmt: skip
        return desk.answer(text)
    given = confined.notice
    facts = replace(desk.work.notices.facts(given), provider_name=desk.work.house.called(pack.tag))
    token = desk.work.tokens.made(given.reference, now + desk.work.page_life)
    text = captive_page(desk.pages, pack, facts, zone=desk.work.zone, token=token)
    return desk.answer(text)


async def _captive_api(desk: HelpDesk, request: Request) -> Response:
    line, now = desk.client(request), desk.work.now()
    confined = await desk.read(lambda records: desk.work.garden(records, line, now))
    is_in = confined is not None and confined.is_in
    said: dict[str, object] = {"captive": is_in}
    if is_in:
        said["user-portal-url"] = f"https://{desk.work.house.portal.rstrip('/')}/captive"
    headers = {"cache-control": "private, no-store", "x-content-type-options": "nosniff"}
    return JSONResponse(said, 200, headers, CAPTIVE_MEDIA)


async def _questions(desk: HelpDesk, request: Request) -> Response:
    phase = request.query_params.get("phase", "")
    return desk.answer(_questions_page(desk, desk.pack(request), {"phase": phase if phase in _PHASES else _PHASES[0]}))


def _questions_page(
    desk: HelpDesk, pack: LanguagePack, form: Mapping[str, str], *, refusal: str = "", is_counted: bool = False
) -> str:
    """With what was chosen. What is right stands on it when it was counted as an answer after reading.

    Whoever saw it before reading would answer from memory afterwards, and both counts together would say nothing of the pages.
    """
    answers = {each.key: form[each.key] for each in pack.questions if form.get(each.key) in each.answers}
    title, phase = pack.words["site.questions"], form.get("phase", "")
    return desk.pages.page(
        "questions",
        pack,
        here=QUESTIONS,
        title=title,
        answers=answers if is_counted and phase == _PHASES[1] else None,
        is_counted=is_counted,
        given=answers,
        chosen=phase,
        refusal=refusal,
        is_about_phase=phase not in _PHASES,
    )


async def _answered(desk: HelpDesk, request: Request) -> Response:
    pack = desk.pack(request)
    desk.asks(request)
    form = await desk.form(request)
    phase = form.get("phase", "")
    if phase not in _PHASES:
        desk.work.log("help-refused", reason="missing", status=400, kind="Refused")
        refusal = pack.text("questions.left")
        return desk.answer(_questions_page(desk, pack, form, refusal=refusal), status=400)
    answers = {each.key: form[each.key] for each in pack.questions if form.get(each.key) in each.answers}
    today = f"{desk.work.now().astimezone(UTC):%Y-%m-%d}"
    await desk.write(lambda records: records.notices.count(today, phase, answers))
    return desk.answer(_questions_page(desk, pack, form, is_counted=True))
