"""How much a text speaks like a complaint to the network responsible, in English and Chinese.

Trust:      plain words in a stranger's text; a person has the last word.
Answers:    ``weigh(text)``: which ideas of a complaint are in it, and their weight; ``takes_back(text)``: it says "not spam".
Limits:     the first 20,000 characters; ideas are counted, not words, so that repeating one gains nothing.

Each idea is a list of phrases with a weight. Spam says "complaint" and "abuse" too, but seldom points at the reader's own network,
names a wrongdoing, asks for action and brings evidence, all in one mail.
"""

import re
from dataclasses import dataclass
from typing import Final

from comity.formats.clues.folding import folded

TEXT: Final = 20_000
_YOURS: Final = (
    r"(?:ip|ips|ip[- ](?:address(?:es)?|range|space|block)|network|networks|server|servers|host|hosts|customer|customers|client|clients|user|users|"
    r"subscriber|subscribers|system|systems|domain|machine|netblock|address space|range|ranges|hosting|infrastructure|service|services|"
    r"mail ?server|smtp|asn?|autonomous system|data ?cent(?:er|re)|dedicated server|vps|cloud)"
)
_NET: Final = (  # what only a network has: "your account" is what phishing says
    r"(?:ip|ips|ip[- ](?:address(?:es)?|range|space|block)|network|networks|server|servers|host|hosts|customers?|clients?|users?|subscribers?|netblock|"
    r"address space|ranges?|infrastructure|asn?|data ?cent(?:er|re)|vps|mail ?server)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """One thing a complaint says: a name, a weight, and the sentence that tells a postmaster what was looked for."""

    name: str
    weight: int
    sentence: str
    pattern: re.Pattern[str]


IDEAS: Final = (
    Idea(
        name="your-side", weight=2, sentence="It points at something in the reader's network.",
        pattern=re.compile(
            rf"\b(?:from|of|on|in|within|inside|by|at|under|belong(?:s|ing) to|assigned to|hosted (?:on|by|at|in)|originat\w+ (?:from|in|within)) "
            rf"(?:one of )?your (?:\w+ )?{_YOURS}\b|\b(?:your|one of your|a) (?:customer|client|user|subscriber)'?s? (?:is|are|has|have|at|with|who|sends?|keeps?|\[|\()|"
            rf"\byour (?:customer|client|user|subscriber|ip|host|server)[/ a-z]{{0,20}}(?:[\[(*:]{{0,3}} ?)?(?:\d{{1,3}}\.\d{{1,3}}\.|[0-9a-f]{{1,4}}:[0-9a-f]{{1,4}}:)|"
            rf"\byour {_NET} (?:is|are|has|have|was|were)(?: been)? (?:attack|scan|spam|send|sent|hack|abus|infect|compromis|host|distribut|attempt|involved|used)|"
            r"\byour side\b.{0,40}\b(?:attack|spam|abuse)|"
            r"贵(?:司|公司|方|单位|网|ip|机房|处)|貴(?:司|公司|方|單位)|(?:你们|您们|你司|您|你|您公司|你公司)的?(?:ip|服务器|用户|客户|网络|机房|网段|主机|域名|系统)|"
            r"你(?:们)?(?:公司|网络|机房|服务器)",
        ),
    ),
    Idea(
        name="report", weight=2, sentence="It calls itself a complaint or a report of abuse.",
        pattern=re.compile(
            r"\babuse (?:report|complaint|notification|notice|case|incident|department|team|desk|contact|staff|admin|issue)|\b(?:report|reporting|complain(?:ing)? (?:about|of)|"
            r"complaint (?:about|against|regarding|of|concerning)) (?:\w+ ){0,4}(?:abuse|spam|spammers?|spamming|phishing|attack|attacks|scam|fraud|junk|hacking|"
            r"infringement|malware|intrusion|network abuse|unsolicited|harassment)|\b(?:spam|phishing|copyright|network|security|e?-?mail) "
            r"(?:complaint|abuse complaint|incident report|abuse report|violation)|\bto whom it may concern\b.{0,200}\b(?:spam|abuse|attack|scan)|\bspam report\b|"
            r"\bnotice of (?:claimed |copyright |alleged )?(?:infring|unauthorized use)|\b(?:i|we) (?:would like|want|wish|need|have|am writing|are writing) to (?:report|complain)|"
            r"举报|投诉|檢舉|投訴|申诉材料|反映(?:一下)?.{0,20}(?:垃圾|攻击|骚扰)",
        ),
    ),
    Idea(
        name="wrongdoing", weight=1, sentence="It names a wrongdoing.",
        pattern=re.compile(
            r"\bspam(?:s|med|mer|mers|ming|vertis\w+)?\b|\bunsolicited\b|\bunwanted (?:e-?)?mails?\b|\bjunk (?:e-?)?mails?\b|\bu[bc]e\b|\bphish\w*|\bscan(?:s|ned|ning)? |\bport ?scans?\b|"
            r"\battack(?:s|ed|ing|er|ers)?\b|\bbrute[- ]?forc\w+|\bfailed (?:login|password)|\blogin attempts?\b|\bhack(?:ed|er|ers|ing)?\b|\bintrusion|\bbreak[- ]?in|\bexploit|"
            r"\bd?dos\b|\bdenial of service|\bmalware|\bvirus(?:es)?\b|\btrojan|\bbotnet|\binfected|\bcompromised|\binfring\w+|\bcopyright|\bdmca\b|\bscam\w*|"
            r"\bfraudulent|\bharass\w*|\bbackscatter|\bjoe[- ]?job|\bspoof\w*|\babus(?:e|ed|ive|ing)\b|"
            r"垃圾(?:邮件|信件|郵件|短信)|骚扰|騷擾|攻击|攻擊|扫描|掃描|暴力破解|爆破|入侵|钓鱼|釣魚|侵权|盗版|盜版|木马|病毒|僵尸|肉鸡|挂马|诈骗|詐騙|仿冒|恶意|惡意|黑客|駭客|"
            r"撞库|未经(?:许可|同意|允许|授权)|乱发邮件|群发",
        ),
    ),
    Idea(
        name="request", weight=1, sentence="It asks for something to be done about it.",
        pattern=re.compile(
            r"\b(?:please|kindly|ask you to|request(?: that)? you|urge you to|would you|could you|want you to|you (?:should|must|need to)) (?:to )?(?:\w+ ){0,4}(?:investigate|stop|act|look into|"
            r"take (?:appropriate |the necessary |immediate |necessary |some )?(?:action|actions|measures|steps|care)|shut|terminate|suspend|disconnect|disable|block|remove|"
            r"deal with|fix|clean|secure|educate|warn|contact your|inform your|check (?:the|your|this|that) (?:machine|server|host|system|customer|logs?))|"
            r"\btake ?down\b|\bstop (?:this|it|them|him|the|these|your|sending|spamming)\b|\bcease (?:and|this|these)|\binvestigate (?:this|and|the|it)|\bappropriate action|\bmake (?:it|this|him|them) stop|"
            r"(?:请|望|希望|烦请|敬请|務必|务必|要求|请求|請|麻烦).{0,12}(?:处理|處理|核实|核實|调查|調查|查处|查處|制止|停止|关停|關閉|关闭|封禁|封停|整改|协助|清除|处置|處置|屏蔽|拦截|解决|删除|刪除|下架|追究)|尽快处理|立即停止|盡快處理",
        ),
    ),
    Idea(
        name="evidence", weight=1, sentence="It brings logs or the header lines of a mail.",
        pattern=re.compile(
            r"\b(?:log|logs|logfile|log ?files?|log lines?|log (?:excerpt|extract|entries)|logentries|headers?|evidence|(?:full |complete )?(?:e-?mail )?headers?|timestamps?) "
            r"(?:\w+ ){0,4}(?:below|attached|follow|follows|following|included|excerpt|appended|enclosed)|\b(?:attached|below|following|enclosed|here) (?:\w+ ){0,5}(?:logs?|log ?files?|headers?|evidence|excerpt)\b|"
            r"failed password for|invalid user \w+ from|\breceived: from\b|\bsrc=|\bsshd\[|\" (?:200|301|302|403|404|500) \d|"
            r"(?:日志|日誌|信头|邮件头|郵件頭|原始信头|证据|證據|截图|样本|附件)(?:如下|见|見|为|为证|附后|中|是)?",
        ),
    ),
)  # fmt: skip
_TAKES_BACK: Final = re.compile(
    r"\b(?:is|was|it'?s|are|were) (?:actually )?(?:not|no|n't) (?:a )?(?:spam|junk|unsolicited)|\b(?:isn't|wasn't) (?:spam|junk)|\bnot[- ](?:spam|junk)\b|\bfalse positive|\bham report|"
    r"\b(?:wrongly|mistakenly|incorrectly|falsely) (?:marked|flagged|classified|reported|blocked|identified)|\blegitimate (?:e-?)?mail|"
    r"(?:不是|并非|非|不属于|並非)(?:是)?垃圾(?:邮件|郵件|信)|误判|誤判|误报|誤報|正常邮件|正常郵件|误拦|誤攔",
)
_RECOURSE: Final = re.compile(
    r"\b(?:delist|de-list|unblock|unlist|whitelist|white-list|removal request|remove (?:us|our|my|the|this) (?:ip|address|domain|server|listing)|remov\w+ from (?:your|the) (?:black|block)|"
    r"blocked by (?:your|you)|blacklisted by (?:your|you)|why (?:are|is) (?:we|our|my) \w+ (?:blocked|listed|rejected)|rejected by your)|"
    r"解封|解除(?:封锁|屏蔽|限制|封禁)|移出黑名单|移除黑名單|从黑名单|被(?:你们|贵司|贵方|贵公司|您)(?:的)?(?:拦截|拒收|屏蔽|封)|加入白名单|解除黑名单",
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
    text = folded(text[:TEXT])
    found = [idea for idea in IDEAS if idea.pattern.search(text)]
    return Weight(ideas=frozenset(idea.name for idea in found), total=sum(idea.weight for idea in found))


def takes_back(text: str) -> bool:
    """Tell a text that says of a mail that it is no spam.

    >>> takes_back("Please note: this is not spam."), takes_back("这不是垃圾邮件"), takes_back("stop this spam")
    (True, True, False)
    """
    return _TAKES_BACK.search(folded(text[:TEXT])) is not None


def asks_recourse(text: str) -> bool:
    """Tell a text that asks to be unblocked.

    >>> asks_recourse("Please delist our mail server"), asks_recourse("请将我司IP移出黑名单")
    (True, True)
    """
    return _RECOURSE.search(folded(text[:TEXT])) is not None
