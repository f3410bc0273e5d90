"""How much a text speaks like a complaint to the network responsible, in English and Chinese.

Trust:      plain words in a stranger's text; a person has the last word.
Answers:    ``weigh(text)``: which ideas of a complaint are in it, and their weight; ``takes_back(text)``: it says "not spam".
Limits:     the first 20,000 characters; ideas are counted, not words, so that repeating one gains nothing.

Each idea is a list of phrases with a weight. Spam says "complaint" and "abuse" too, but seldom points at the reader's own network,
names a wrongdoing, asks for action and brings evidence, all in one mail.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from comity.formats.clues.folding import folded
from comity.formats.clues.ideas import EVIDENCE, REPORT, REQUEST, WRONGDOING, YOUR_SIDE, Idea

TEXT: Final = 20_000
_LOOKS: Final = 60
_BEFORE: Final = 60
_AFTER: Final = 160
_WORD: Final = re.compile(r"[a-z0-9]+")
_NOT_SPAM_SIGNS: Final = (
    "spam", "junk", "legitimate", "false positive", "wrongly", "mistakenly", "incorrectly", "falsely", "ham report",
    "垃圾", "误", "誤", "正常",
)  # fmt: skip
_RECOURSE_SIGNS: Final = (
    "delist", "de-list", "block", "unlist", "white", "blacklist", "reject",
    "解封", "解除", "黑名单", "黑名單", "拦截", "拒收", "屏蔽", "白名单", "被",
)  # fmt: skip
_TAKES_BACK: Final = re.compile(
    r"\b(?:is|was|it'?s|are|were) (?:actually )?(?:not|no|n't) (?:a )?(?:spam|junk|unsolicited)|\b(?:isn't|"
    r"wasn't) (?:spam|junk)|\bnot[- ](?:spam|junk)\b|\bfalse positive|\bham report|"
    r"\b(?:wrongly|mistakenly|incorrectly|falsely) (?:marked|flagged|classified|reported|blocked|identified)|"
    r"\blegitimate (?:e-?)?mail|"
    r"(?:不是|并非|非|不属于|並非)(?:是)?垃圾(?:邮件|郵件|信)|误判|誤判|误报|誤報|正常邮件|正常郵件|误拦|誤攔",
)
_OURS: Final = (
    r"(?:our|my|this|the|these|following) (?:\w+ ){0,2}"
    r"(?:ips?|ip address(?:es)?|mail ?servers?|servers?|domains?|range|network|mta|relay)"
)
_RECOURSE: Final = re.compile(
    rf"\b(?:delist|de-list|unblock|unlist|whitelist|white-list|remove) {_OURS}\b|"
    rf"\bremov(?:e|ed|al) (?:of )?{_OURS} from (?:your|the) (?:\w+ )?(?:black|block|deny|spam) ?list|"
    rf"\b(?:delisting|unblocking|removal from your (?:black|block) ?list)\b|\b{_OURS} (?:is|are|was|were|has been|"
    rf"have been|got) (?:\w+ )?(?:blocked|blacklisted|rejected|listed) (?:by|on|at|in) you|"
    r"\bwhy (?:are|is) (?:we|our|my) (?:\w+ ){0,3}(?:blocked|listed|rejected|blacklisted)\b|"
    r"(?:请|希望|申请|要求|烦请|麻烦).{0,20}(?:解封|解除(?:封锁|屏蔽|限制|封禁|拦截))|移出.{0,6}黑名单|"
    r"移除.{0,6}黑名單|从.{0,10}黑名单.{0,6}(?:移|删|解)|"
    r"被(?:你们|贵司|贵方|贵公司|您)(?:的\w{0,8})?(?:拦截|拒收|屏蔽|封)|加入白名单|解除黑名单",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """The ideas found and the sum of their weights."""

    ideas: frozenset[str]
    total: int

    @property
    def points_at_reader(self) -> bool:
        """It says "your network" or calls itself a complaint: more than a text that merely mentions spam."""
        return "your-side" in self.ideas or "report" in self.ideas


def weigh(text: str) -> Weight:
    """Weigh a text.

    >>> weigh("Your customer 192.0.2.1 is sending spam. Please stop this, logs below.").total
    5
    >>> weigh("Buy now, this is no spam!").total
    1
    """
    return _weighed(text[:TEXT])


@lru_cache(maxsize=8)
def _weighed(text: str) -> Weight:
    """The last few answers are kept, because several dialects weigh the same text."""
    text = folded(text)
    words = frozenset(_WORD.findall(text))
    found = [idea for idea in (YOUR_SIDE, REPORT, WRONGDOING) if _is_said(idea, text, words)]
    if found:  # asking for something and quoting logs is no complaint by itself
        found += [idea for idea in (REQUEST, EVIDENCE) if _is_said(idea, text, words)]
    return Weight(ideas=frozenset(idea.name for idea in found), total=sum(idea.weight for idea in found))


def _is_said(idea: Idea, text: str, words: frozenset[str]) -> bool:
    """The pattern is tried only around its hints: a dozen short looks cost less than one over the whole text."""
    hinted = [*idea.hints.intersection(words), *(sign for sign in idea.signs if sign in text)]
    if idea.pattern is None:
        return bool(hinted)
    return any(idea.pattern.search(window) for hint in hinted for window in _windows(text, hint))


def _windows(text: str, hint: str) -> Iterator[str]:
    at, looked = text.find(hint), 0
    while at >= 0 and looked < _LOOKS:
        yield text[max(0, at - _BEFORE) : at + _AFTER]
        at = text.find(hint, at + _BEFORE)
        looked += 1


def takes_back(text: str) -> bool:
    """Tell a text that says of a mail that it is no spam.

    >>> takes_back("Please note: this is not spam."), takes_back("这不是垃圾邮件"), takes_back("stop this spam")
    (True, True, False)
    """
    text = folded(text[:TEXT])
    return any(sign in text for sign in _NOT_SPAM_SIGNS) and _TAKES_BACK.search(text) is not None


def asks_recourse(text: str) -> bool:
    """Tell a text that asks to be unblocked.

    >>> asks_recourse("Please delist our mail server"), asks_recourse("请将我司IP移出黑名单")
    (True, True)
    """
    text = folded(text[:TEXT])
    return any(sign in text for sign in _RECOURSE_SIGNS) and _RECOURSE.search(text) is not None
