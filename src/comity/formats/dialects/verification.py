"""Tell a mail that asks to confirm something: enrolment in a feedback loop, control of a mailbox or a domain, a code.

It arrives at the mailbox that gets the reports, and whoever misses it gets no reports: it must be seen.

Trust:      input is a stranger's bytes; a phishing mail looks the same. Nothing in it is fetched or answered.
Standards:  none; RFC 6449 section 3.2 asks providers to verify the reporting mailbox.
Answers:    ``read(message, context)``: a Reading of kind VERIFICATION without reports, None where it is something else.
Limits:     texts of 6,000 characters at most: such mails are short.
"""

import re
from typing import Final

from comity.formats import arf
from comity.formats.clues.folding import folded
from comity.formats.dialects.context import Context
from comity.formats.mime import Part
from comity.formats.plain_text import readable
from comity.model.feedback import Kind, Reading

_LONG: Final = 6_000
_LOOP: Final = re.compile(
    r"feedback[- ]?loop|\bfbl\b|complaint feedback|\bcfl\b|\bjmrp\b|junk (?:mail|e-?mail) reporting|\bsnds\b|"
    r"smart network data|postmaster (?:tools|site|portal)|sender hub|"
    r"abuse (?:reporting|feedback) format|\barf (?:reports?|format)|反馈环|反馈(?:回路|循环|报告)|投诉反馈|投诉回馈"
)
_ASKS: Final = re.compile(
    r"\b(?:verify|verification|verif(?:y|ied) (?:that|your)|confirm|confirmation|authori[sz]e|authori[sz]ation|"
    r"validate|validation|activate|activation|enrol\w*|one[- ]time|opt[- ]?in|approve)\b|"
    r"验证|驗證|确认|確認|校验|激活|核验|动态码"
)
_SUBJECT: Final = re.compile(
    r"\b(?:verif(?:y|ication)|confirm(?:ation)?|activation|validation|one[- ]time|security|access|"
    r"enrol(?:l)?ment)[ -]?(?:code|link|key|token|pin|e-?mail|request|mail)|"
    r"\b(?:please )?(?:verify|confirm|validate) (?:your|the|this|that you) (?:\w+ )?(?:e-?mail|address|mailbox|"
    r"domain|subscription|account|request|ip|network|enrol)|\bconfirm [0-9a-f]{8,40}\b|"
    r"(?:forwarding|subscription|domain|e-?mail|mailbox) (?:confirmation|verification)|验证码|驗證碼|校验码|"
    r"确认(?:信|邮件|您的|订阅|邮箱)|验证(?:您的|邮箱|邮件|域名)|邮箱验证|域名验证"
)
_CODE: Final = re.compile(
    r"(?:\b(?:code|key|token|pin|string|number)\b|验证码|驗證碼|校验码|确认码|动态码|验证串)(?: (?:is|below|to "
    r"(?:enter|use)|for you\w*))?\s?[:=是为：]?\s{0,2}[\"'\[【]?(?=[0-9a-z-]{0,40}[0-9])[0-9a-z][0-9a-z-]{3,63}\b"
)
_TOKEN_LINK: Final = re.compile(
    r"https?://[^\s<>\"]{0,300}(?:verif|confirm|activat|validat|enrol|token|code=|"
    r"key=|auth|optin|opt-in|approve)[^\s<>\"]{0,500}",
    re.IGNORECASE,
)
_RECORD: Final = re.compile(r"\btxt record\b|\bmeta tag\b|\b(?:place|upload) (?:the|this|a) file|txt记录|txt 记录")


def read(message: Part, context: Context) -> Reading | None:
    """Name a mail that wants something confirmed."""
    subject = folded((message.headers.decoded("subject") or "")[:300])
    asks_in_subject = _SUBJECT.search(subject) is not None
    about_loop = _LOOP.search(subject) is not None
    if not (asks_in_subject or about_loop or _ASKS.search(subject)):
        return None
    shown = readable(message)
    if len(shown) > _LONG:
        return None
    text = folded(shown)
    proof = _CODE.search(text) is not None or _TOKEN_LINK.search(text) is not None or _RECORD.search(text) is not None
    if not proof or not (_ASKS.search(subject) or _ASKS.search(text)):
        return None
    if about_loop or _LOOP.search(text):
        return arf.carried(message, Kind.VERIFICATION, "why.verification-loop", ())
    if asks_in_subject:
        return arf.carried(message, Kind.VERIFICATION, "why.verification", ())
    return None
