"""The small marks of a case, as they stand in lists and above its page: state, severity, classes of evidence.

Answers:    ``state``, ``severity``, ``classes``; ``Row`` for a whole line of the queue; ``t`` says a sentence in the
            reader's language, escaped.
Trust:      labels are strangers' words and pass ``visible`` and ``bare``.
Limits:     functions and no macros of a template: a page of fifty cases has hundreds of them.
"""

from collections.abc import Callable
from datetime import datetime

from markupsafe import Markup, escape

from comity.model.desk import DeskCase
from comity.web.visible import bare, visible

Said = Callable[..., Markup]


def state(t: Said, case: DeskCase) -> Markup:
    """Where it stands."""
    name = case.state.value
    return Markup(f'<span class="state {name}">{t(f"case.state.{name}")}</span>')  # noqa: S704 - words of ours


def severity(t: Said, level: str, total: float) -> Markup:
    """How bad it is, and its weight."""
    weighs = t("desk-case.weighs", score=f"{total:.1f}")
    return Markup(f'<span class="level {level}" title="{weighs}">{t(f"triage.level.{level}")}</span>')  # noqa: S704 - words of ours


def classes(t: Said, case: DeskCase, most: int = 20) -> Markup:
    """Of which classes its evidence is, the most frequent first."""
    ordered = sorted(case.classes.items(), key=lambda each: each[1], reverse=True)
    text = "".join(
        f'<span class="class">{t(f"triage.class.{each.value}")}{f" <b>{n:,}</b>" if n > 1 else ""}</span> '
        for each, n in ordered[:most]
    )
    if len(ordered) > most:
        text += f'<span class="soft">+{len(ordered) - most}</span>'
    return Markup(text)  # noqa: S704 - words and numbers of ours


class Row:
    """One line of the queue, made by a function: from a template it would be made of two thousand pieces a page."""

    def __init__(self, t: Said, ago: Callable[[datetime | None], Markup], *, may_act: bool) -> None:
        self._t, self._ago, self._may_act = t, ago, may_act
        self._people, self._reports, self._last, self._due = (
            f'<span class="head">{t(f"desk-cases.col.{each}")}</span>' for each in ("people", "reports", "last", "due")
        )

    def __call__(
        self, case: DeskCase, *, level: str, total: float, is_late: bool, owner: str | None, path: str
    ) -> Markup:
        """The whole line; ``path`` leads to the case."""
        t, name, path = self._t, escape(case.case_id), escape(path)
        choose = ""
        if self._may_act:
            label = t("desk-cases.choose-one", label=bare(case.label, 60))
            box = f'<input type="checkbox" name="case" value="{name}" aria-label="{label}">'
            choose = f'<td class="choose"><label class="box">{box}</label></td>'
        late, none = ' class="late"' if is_late else "", "" if case.due else ' class="none"'
        relapse = f" · {t('desk-cases.relapse')}" if case.reopened_from else ""
        whose = f'<span class="under">{visible(owner, 40)}</span>' if owner else ""
        return Markup(  # noqa: S704 - every piece is escaped or ours
            f"<tr data-row{late}>\n{choose}"
            f'<th scope="row"><a href="{path}">{visible(case.label, 70)}</a> {severity(t, level, total)}'
            f'<span class="under">{t(f"desk-kind.{case.subject_kind.value}")}{relapse}</span></th>\n'
            f'<td class="brief">{state(t, case)}{whose}</td>\n<td class="brief">{classes(t, case, 3)}</td>\n'
            f'<td class="n">{self._people}{case.complainers:,}</td>\n<td class="n">{self._reports}{case.reports:,}</td>\n'
            f"<td>{self._last}{self._ago(case.last_seen)}</td>\n"
            f"<td{none}>{self._due}{self._ago(case.due)}</td>\n</tr>\n"
        )
