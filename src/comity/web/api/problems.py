"""How the API says no: one table of codes, one form, both languages.

Trust:      nothing of a request is repeated in an answer: what fills it are words of ours.
Standards:  RFC 9457 (application/problem+json), RFC 6750 section 3 (WWW-Authenticate), RFC 9110 section 12.5.4 (Accept-Language).
Answers:    ``PROBLEMS`` maps each code to its outcome, whose HTTP status is that of the one table; ``Problem`` is raised;
            ``body_of`` gives what is sent; ``code_of`` the code for an error of a service.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from comity.locale import Catalogue, catalogue, speaks
from comity.model.outcomes import ComityError, Outcome

MEDIA: Final = "application/problem+json"
PROBLEMS_PATH: Final = "/v1/problems"

PROBLEMS: Final[Mapping[str, Outcome]] = {
    "token-missing": Outcome.UNAUTHENTICATED,
    "token-unknown": Outcome.UNAUTHENTICATED,
    "token-expired": Outcome.UNAUTHENTICATED,
    "token-revoked": Outcome.UNAUTHENTICATED,
    "scope-missing": Outcome.FORBIDDEN,
    "too-often": Outcome.TOO_OFTEN,
    "no-room": Outcome.FULL,
    "busy": Outcome.BUSY,
    "try-again": Outcome.TRY_AGAIN,
    "framing-unfit": Outcome.USAGE,
    "query-unfit": Outcome.BAD_INPUT,
    "cursor-unfit": Outcome.BAD_INPUT,
    "header-unfit": Outcome.BAD_INPUT,
    "body-unfit": Outcome.BAD_INPUT,
    "body-empty": Outcome.BAD_INPUT,
    "too-large": Outcome.TOO_LARGE,
    "too-slow": Outcome.TOO_SLOW,
    "media-unfit": Outcome.MEDIA,
    "mailbox-elsewhere": Outcome.BAD_INPUT,
    "complaints-not-taken": Outcome.UNKNOWN,
    "key-reused": Outcome.BAD_INPUT,
    "key-in-progress": Outcome.CONFLICT,
    "not-found": Outcome.UNKNOWN,
    "no-method": Outcome.NO_METHOD,
    "not-ready": Outcome.TRY_AGAIN,
    "fault": Outcome.FAULT,
    "submission-unknown": Outcome.UNKNOWN,
    "case-unknown": Outcome.UNKNOWN,
    "case-act-unfit": Outcome.CONFLICT,
    "case-target": Outcome.CONFLICT,
    "case-itself": Outcome.CONFLICT,
    "shunt-unknown": Outcome.UNKNOWN,
    "source-unknown": Outcome.UNKNOWN,
    "source-unproven": Outcome.CONFLICT,
    "alarm-unknown": Outcome.UNKNOWN,
    "leaf-unknown": Outcome.UNKNOWN,
    "leaf-in-many": Outcome.CONFLICT,
    "channel-unknown": Outcome.UNKNOWN,
    "recourse-unknown": Outcome.UNKNOWN,
    "consumer-unknown": Outcome.UNKNOWN,
    "consumer-refused": Outcome.BAD_INPUT,
    "consumer-act-unfit": Outcome.CONFLICT,
    "enrolment-not-possible": Outcome.CONFLICT,
    "notice-unknown": Outcome.UNKNOWN,
}
# What an error of a service may say beside its code: words of ours, never a caller's.
_SHOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "case-act-unfit": ("state", "fits"),
    "case-target": ("state",),
}
_BY_OUTCOME: Final[Mapping[Outcome, str]] = {
    Outcome.FULL: "no-room",
    Outcome.BUSY: "busy",
    Outcome.TRY_AGAIN: "try-again",
}
RETRY_SECONDS: Final[Mapping[str, int]] = {"no-room": 5, "busy": 2, "try-again": 10, "not-ready": 10}
_MOST_LANGUAGES: Final = 20


class Problem(Exception):  # noqa: N818 - it is one, in the words of the standard
    """An answer that is a no."""

    def __init__(self, code: str, *, retry: int | None = None, **said: object) -> None:
        """``said``: more members of the answer, words of ours; ``retry``: after how many seconds another try is worth it."""
        super().__init__(code)
        self.code, self.said = code, said
        self.retry = RETRY_SECONDS.get(code) if retry is None else retry

    @property
    def status(self) -> int:
        """Its HTTP status."""
        return PROBLEMS[self.code].value.http_status


def of_error(error: ComityError) -> Problem:
    """What a caller is told of an error of a service."""
    if error.code in PROBLEMS:
        shown = {name: error.details[name] for name in _SHOWN.get(error.code, ()) if name in error.details}
        problem = Problem(error.code)
        problem.said.update(shown)
        return problem
    return Problem(_BY_OUTCOME.get(error.outcome, "fault"))


def body_of(problem: Problem, words: Catalogue, request_id: str) -> dict[str, Any]:
    """What is sent."""
    return {
        "type": f"{PROBLEMS_PATH}/{problem.code}",
        "title": words.say(f"problem.{problem.code}"),
        "status": problem.status,
        "detail": words.say(f"problem.{problem.code}.detail"),
        "instance": f"urn:uuid:{request_id}",
        "code": problem.code,
        **problem.said,
    }


def headers_of(problem: Problem) -> dict[str, str]:
    """What is said beside it."""
    found = {}
    if problem.retry is not None:
        found["retry-after"] = str(max(problem.retry, 1))
    if problem.status == Outcome.UNAUTHENTICATED.value.http_status:
        error = "" if problem.code == "token-missing" else ', error="invalid_token"'
        found["www-authenticate"] = f'Bearer realm="comity"{error}'
    if problem.code == "scope-missing":
        found["www-authenticate"] = (
            f'Bearer realm="comity", error="insufficient_scope", scope="{problem.said.get("scope", "")}"'
        )
    return found


def words_for(accepted: Sequence[str]) -> Catalogue:
    """The language of ours that suits whoever sent these Accept-Language fields; English otherwise.

    >>> [words_for([each]).language for each in ("zh-CN,en;q=0.8", "fr, zh;q=0.5, en;q=0.7", "zh;q=0", "", "*")]
    ['zh_Hans', 'en', 'en', 'en', 'en']
    """
    wanted = list[tuple[float, int, str]]()
    for number, each in enumerate(",".join(accepted).split(",")[:_MOST_LANGUAGES]):
        tag, _, weight = each.partition(";")
        quality = _quality(weight)
        if quality > 0 and speaks(tag) and tag.strip().isascii():
            wanted.append((-quality, number, tag.strip()))
    return catalogue(min(wanted)[2] if wanted else None)


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    value = value.strip()
    if not value.isascii() or not value.replace(".", "", 1).isdigit() or len(value) > 5:
        return 0.0
    return min(float(value), 1.0)
