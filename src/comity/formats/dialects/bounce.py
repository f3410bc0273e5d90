"""Tell a mail about mail that was not delivered (or was read): bounces, delivery reports, receipts.

Trust:      input is a stranger's bytes; who sent it is one mark of several, never the only one.
Standards:  RFC 3464 (delivery status), RFC 3798 and RFC 8098 (disposition notification), RFC 6533 (their Unicode forms).
Answers:    ``read(message, context)``: a Reading of kind BOUNCE without reports, None where it is something else.
Limits:     the first 20,000 characters of the text; what an attached message says is not looked at.
"""

import re
from itertools import islice
from typing import Final

from comity.formats import arf
from comity.formats.clues.folding import folded
from comity.formats.dialects.context import Context
from comity.formats.mime import Part, first_address
from comity.formats.plain_text import readable
from comity.model.feedback import Kind, Reading

_TEXT: Final = 20_000
_PARTS: Final = 50
_STATUS_TYPES: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RECEIPT_TYPES: Final = frozenset({"message/disposition-notification", "message/global-disposition-notification"})
_DAEMON: Final = re.compile(
    r"mailer[-_. ]?daemon|post[-_]?master|mail[-_. ]?deliver(?:y|er)?|mail[-_. ]?admin|mail[-_. ]?system|system "
    r"administrator|"
    r"returned mail|undeliver|non-?delivery|\bbounces?\b|\bdaemon\b|退信|邮件系统|郵件系統|邮件管理|系统管理员",
    re.IGNORECASE,
)
_SUBJECT: Final = re.compile(
    r"undeliver|un-?delivered|\bdelivery (?:status|failure|failed|report|notification|problem|error|incomplete|"
    r"has failed)|"
    r"deliver(?:y|ing)? (?:mail )?(?:fail|error)|fail(?:ure|ed)? (?:notice|delivery|mail)|failure notice|returned "
    r"(?:mail|to sender|message)|"
    r"returning (?:message|to sender)|returned mail|mail (?:delivery )?(?:fail|error|system error|could not|not "
    r"delivered|returned)|"
    r"message (?:delivery )?(?:has )?(?:fail|could not|not delivered|delayed|undeliverable)|could not (?:send|be "
    r"delivered|deliver)|"
    r"error sending your mail|non[- ]?(?:delivery|remis)|non-?deliverable|nondeliverable|rejected (?:mail|"
    r"message)|\bNDR\b|bounced? (?:mail|message)|"
    r"returned e-?mail|warning.{0,12}could not send|unzustellbar|nicht zugestellt|mail system error|"
    r"退信|退回|无法(?:投递|送达|发送|传递)|未能(?:投递|送达)|未送达|投递失败|发送失败|无法投遞|無法(?:投遞|送達|"
    r"傳遞|傳送)|投遞失敗|未送達|傳送失敗|"
    r"送信エラー|配信エラー|メールエラー|配信不能|不達|返信されたメール|エラーメール|не доставлен|не удалось "
    r"доставить|no se (?:ha )?(?:pudo|podido) entregar|"
    r"non remis|mensaje no entregado|mancata consegna",
    re.IGNORECASE,
)
# What such mails say in their body. Two of these are enough, whoever sent them; one needs a second mark.
_PHRASES: Final = (
    "wasn't able to deliver", "was not able to deliver", "unable to deliver", "not able to be delivered",
    "could not be delivered",
    "couldn't be delivered", "could not deliver", "cannot be delivered", "can't be delivered",
    "did not reach the following recipient",
    "was undeliverable", "is undeliverable", "delivery to the following recipient", "delivery has failed to",
    "delivery failed",
    "failed to deliver", "the following address(es) failed", "the following addresses had",
    "had permanent fatal errors",
    "had delivery problems", "had delivery errors", "had transient non-fatal errors", "transcript of session follows",
    "this is a permanent error", "permanent delivery failure", "permanent failure", "has not been delivered",
    "was not delivered",
    "not been delivered to", "wasn't delivered", "undelivered message", "undeliverable message",
    "your message was returned",
    "returned to sender", "returned to you", "being returned", "returning your message",
    "the original message was received at",
    "below this line is a copy of the message", "this is a copy of the message", "message delivery has been delayed",
    "delivery is delayed", "will be retried", "user unknown", "unknown user", "no such user", "mailbox unavailable",
    "mailbox is full",
    "mailbox full", "recipient rejected", "recipient address rejected", "unrouteable address", "unknown recipient",
    "host unknown",
    "final-recipient:", "diagnostic-code:", "action: failed", "reporting-mta:", "was rejected by a remote mail server",
    "could not send message", "cannot send message", "an error occurred while trying to deliver",
    "error: invalid user address",
    "recipients of this message were not reached", "no longer accepts mail", "the recipient name is not recognized",
    "无法投递", "无法送达", "未能投递", "未能送达", "投递失败", "退信原因", "退信代码", "系统退信", "收件人不存在",
    "用户不存在", "邮箱已满",
    "邮件被退回", "被对方服务器拒", "邮箱不存在", "無法投遞", "無法送達", "退信原因:", "收件人不存在", "郵件未送達",
    "投遞失敗",
    "ваше сообщение не доставлено", "не удалось доставить", "konnte nicht zugestellt", "nicht zugestellt werden",
    "n'a pas pu être",
    "no se pudo entregar", "no ha podido ser entregado", "配信できません", "送信できません", "送信出来ません",
    "配信することができません",
)  # fmt: skip
_REPLY_CODE: Final = re.compile(
    r"(?:^|[^0-9.])(?:[45]\d\d[ -](?:#?[45]\.\d{1,3}\.\d{1,3})|status: [45]\.\d|"
    r"\(#[45]\.\d\.\d\)|said: [45]\d\d )"
)
# Amazon's notification service puts the delivery failure into the text as JSON.
_JSON: Final = re.compile(
    rb"\s{0,4}\{[^{}]{0,200}\"(?:notification|event)Type\"\s{0,4}:\s{0,4}\"(?:Bounce|"
    rb"Delivery|DeliveryDelay|Reject)\""
)
_FORWARDED: Final = re.compile(r"^\s*(?:fwd?|转发|轉寄|wg|tr)\s?[:：]", re.IGNORECASE)


def read(message: Part, context: Context) -> Reading | None:
    """Name a bounce; nobody complained, so there is no report in it."""
    why = _structure(message) or _wording(message)
    return arf.carried(message, Kind.BOUNCE, why, ()) if why else None


def _structure(message: Part) -> str | None:
    """What the parts say: a delivery status or a receipt that belongs to this mail, not to an attached one."""
    waiting, seen = [message], 0
    while waiting and seen < _PARTS:
        part = waiting.pop()
        seen += 1
        kind = part.content_type
        if kind in _STATUS_TYPES:
            return "why.delivery-status"
        if kind in _RECEIPT_TYPES:
            return "why.disposition-notification"
        if kind.startswith("multipart/"):
            report_type = part.params.get("report-type", "").lower()
            if report_type == "delivery-status":
                return "why.delivery-status"
            if report_type == "disposition-notification":
                return "why.disposition-notification"
            waiting.extend(islice(part.children, _PARTS))
    if "x-failed-recipients" in message.headers:
        return "why.failed-recipients"
    return "why.bounce-json" if _JSON.match(message.data, message.body_start) else None


def _wording(message: Part) -> str | None:
    """What it says: an automatic author, a subject, a body; two of the three, or a body that leaves no doubt."""
    headers = message.headers
    author = headers.decoded("from") or ""
    subject = (headers.decoded("subject") or "")[:300]
    envelope = headers.first("return-path")
    automatic = (
        (envelope is not None and envelope.strip() in {"<>", "<MAILER-DAEMON>"})
        or first_address(author) is None
        or _DAEMON.search(author[:300]) is not None
    )
    titled = _SUBJECT.search(subject) is not None
    if not (automatic or titled):
        return None
    said = phrases(readable(message)[:_TEXT])
    if _FORWARDED.match(subject) and not automatic:
        return "why.bounce-forwarded" if said >= 3 else None
    return "why.bounce-wording" if automatic + titled + min(said, 2) >= 2 else None


def phrases(text: str) -> int:
    """Count the different things in a text that only a mail system says.

    >>> phrases("I wasn't able to deliver your message. 550 5.1.1 User unknown")
    3
    """
    text = folded(text)
    return sum(phrase in text for phrase in _PHRASES) + bool(_REPLY_CODE.search(text))
