"""The ideas of a complaint: what people say when they complain to a network, in English and Chinese.

Trust:      plain words; a person has the last word.
Answers:    ``IDEAS``, each a name, a weight, a sentence for postmasters, and how it is said.
Limits:     lower-case text with single blanks (``folding.folded``) is what the patterns expect.
"""

import re
from dataclasses import dataclass
from typing import Final

_YOURS: Final = (
    r"(?:ip|ips|ip[- ](?:address(?:es)?|range|space|block)|network|networks|server|servers|host|hosts|customer|"
    r"customers|client|clients|user|users|"
    r"subscriber|subscribers|system|systems|domain|machine|netblock|address space|range|ranges|hosting|"
    r"infrastructure|service|services|"
    r"mail ?server|smtp|asn?|autonomous system|data ?cent(?:er|re)|dedicated server|vps|cloud)"
)
_NET: Final = (  # what only a network has: "your account" is what phishing says
    r"(?:ip|ips|ip[- ](?:address(?:es)?|range|space|block)|network|networks|server|servers|host|hosts|customers?|"
    r"clients?|users?|subscribers?|netblock|"
    r"address space|ranges?|infrastructure|asn?|data ?cent(?:er|re)|vps|mail ?server)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """One thing a complaint says: a name, a weight, the sentence that tells a postmaster what is looked for, and how it is said.

    ``hints`` are words of which one must stand in the text before ``pattern`` is tried; an idea without a pattern is its hints.
    """

    name: str
    weight: int
    sentence: str
    hints: frozenset[str]  # whole words, lower case
    signs: tuple[str, ...]  # Chinese: anywhere in the text
    pattern: re.Pattern[str] | None = None


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


YOUR_SIDE: Final = Idea(
    name="your-side",
    weight=2,
    sentence="It points at something in the reader's network.",
    hints=frozenset({"your"}),
    signs=("贵", "貴", "你", "您"),
    pattern=re.compile(
        rf"\b(?:from|of|on|in|within|inside|by|at|under|belong(?:s|ing) to|assigned to) (?:one of )?your (?:\w+ "
        rf")?{_YOURS}\b|"
        rf"\b(?:your|one of your) (?:customer|client|user|subscriber)'?s? (?:is|are|has|have|at|with|who|sends?|"
        rf"keeps?|\[|\()|"
        rf"\byour (?:customer|client|user|subscriber|ip|host|server)[/ "
        rf"a-z]{{0,20}}(?:[\[(*:]{{0,3}} ?)?(?:\d{{1,3}}\.\d{{1,3}}\.|[0-9a-f]{{1,4}}:[0-9a-f]{{1,4}}:)|"
        rf"\byour {_NET} (?:is|are|has|have|was|were|keeps?|kept|continues? to)?(?: been)? ?(?:attack|scan|spam|"
        rf"send|sent|hack|abus|infect|compromis|host|distribut|attempt|involved|used)|"
        r"\byour side\b.{0,40}\b(?:attack|spam|abuse)|"
        r"(?:贵(?:司|公司|方|单位|网|处)|貴(?:司|公司|方|單位)|你们|您们|你司|您司|您|你|您公司|你公司)(?:的|所|"
        r"网|网络|下|内|负责|管理|分配|使用|名下|这个|这台|一个|某|旗下|运营){0,3}"
        r"(?:ip|服务器|伺服器|机房|網段|网段|主机|主機|网络|用户\w{0,6}(?:攻击|扫描|发送|发垃圾|滥发|\d)|"
        r"客户\w{0,6}(?:攻击|扫描|发送|发垃圾|滥发|\d)|用戶\w{0,6}(?:攻擊|發送|\d))|贵ip|"
        r"(?:来自|來自|由|从)(?:于)?(?:贵|貴|你们|您)(?:司|公司|方|单位|網|网)?",
    ),
)
REPORT: Final = Idea(
    name="report",
    weight=2,
    sentence="It calls itself a complaint or a report of abuse.",
    hints=_set("abuse report reporting complain complaining complaint complaints notice complained"),
    signs=("举报", "投诉", "檢舉", "投訴", "反映"),
    pattern=re.compile(
        r"\babuse (?:report|complaint|notification|notice|case|incident|department|team|desk|contact|staff|admin|"
        r"issue)|\b(?:report|reporting|complain(?:ing)? (?:about|of)|"
        r"complaint (?:about|against|regarding|of|concerning)) (?:\w+ ){0,4}(?:abuse|spam|spammers?|spamming|"
        r"phishing|attack|attacks|scam|fraud|junk|hacking|"
        r"infringement|malware|intrusion|network abuse|unsolicited|harassment)|\b(?:spam|phishing|copyright|"
        r"network|security|e?-?mail) "
        r"(?:complaint|abuse complaint|incident report|abuse report)|\bspam report\b|"
        r"\bnotice of (?:claimed |copyright |alleged )?(?:infring|unauthorized use)|\b(?:would like|want|wish|"
        r"need|have|writing) to (?:report|complain)\b|"
        r"举报|投诉|檢舉|投訴|反映(?:一下)?.{0,20}(?:垃圾|攻击|骚扰)",
    ),
)
WRONGDOING: Final = Idea(
    name="wrongdoing",
    weight=1,
    sentence="It names a wrongdoing.",
    hints=_set(
        "spam spams spammed spammer spammers spamming spamvertised unsolicited ube uce phish phishing phisher "
        "scan scans scanned scanning portscan portscans attack attacks "
        "attacked attacking attacker attackers brute bruteforce hack hacked hacker hackers hacking intrusion "
        "intrusions ddos dos malware virus viruses trojan botnet infected "
        "compromised infringement infringing infringed infringes copyright dmca scam scams scammer scamming "
        "fraudulent harass harassing harassment backscatter spoofed spoofing "
        "abuse abused abusing abusive exploit exploits exploited probing probes junk sshd fail2ban"
    ),
    signs=("垃圾邮件", "垃圾信", "垃圾郵件", "垃圾短信", "骚扰", "騷擾", "攻击", "攻擊", "扫描", "掃描", "暴力破解",
    "爆破", "入侵", "钓鱼", "釣魚", "侵权", "盗版", "盜版",
           "木马", "病毒", "僵尸", "肉鸡", "挂马", "诈骗", "詐騙", "仿冒", "恶意", "惡意", "黑客", "駭客", "撞库",
           "乱发邮件", "未经许可", "未经同意", "未经授权", "总是收到", "不断收到", "不停收到", "反复收到"),
)  # fmt: skip
REQUEST: Final = Idea(
    name="request",
    weight=1,
    sentence="It asks for something to be done about it.",
    hints=_set(
        "please kindly ask request urge would could want should must need takedown take stop cease "
        "investigate appropriate make"
    ),
    signs=("请", "望", "要求", "請", "麻烦", "务必", "務必", "处理", "停止"),
    pattern=re.compile(
        r"\b(?:please|kindly|ask you to|request(?: that)? you|urge you to|would you|could you|want you to|you "
        r"(?:should|must|need to)) (?:to )?(?:\w+ ){0,4}(?:investigate|stop|act|look into|"
        r"take (?:appropriate |the necessary |immediate |necessary |some )?(?:action|actions|measures|steps|care)|"
        r"shut|terminate|suspend|disconnect|disable|block|remove|"
        r"deal with|fix|clean|secure|educate|warn|contact your|inform your|check (?:the|your|this|that) "
        r"(?:machine|server|host|system|customer|logs?))|"
        r"\btake ?down\b|\bstop (?:this|it|them|him|the|these|your|sending|spamming)\b|\bcease (?:and|this|these)|"
        r"\binvestigate (?:this|and|the|it)|\bappropriate action|"
        r"\bmake (?:it|this|him|them) stop|"
        r"(?:请|望|希望|烦请|敬请|務必|务必|要求|请求|請|麻烦).{0,12}(?:处理|處理|核实|核實|调查|調查|查处|查處|"
        r"制止|停止|关停|關閉|关闭|封禁|封停|整改|协助|清除|处置|處置|屏蔽|拦截|解决|"
        r"删除|刪除|下架|追究)|尽快处理|立即停止|盡快處理",
    ),
)
EVIDENCE: Final = Idea(
    name="evidence",
    weight=1,
    sentence="It brings logs or the header lines of a mail.",
    hints=_set(
        "log logs logfile logfiles logentries header headers evidence timestamp timestamps failed invalid "
        "received src sshd http"
    ),
    signs=("日志", "日誌", "信头", "邮件头", "郵件頭", "证据", "證據", "截图", "样本", "附件"),
    pattern=re.compile(
        r"\b(?:log|logs|logfile|log ?files?|log lines?|log (?:excerpt|extract|entries)|logentries|headers?|"
        r"evidence|(?:full |complete )?(?:e-?mail )?headers?|timestamps?) "
        r"(?:\w+ ){0,4}(?:below|attached|follow|follows|following|included|excerpt|appended|enclosed)|"
        r"\b(?:attached|below|following|enclosed|here) (?:\w+ ){0,5}(?:logs?|log ?files?|headers?|evidence|"
        r"excerpt)\b|"
        r"failed password for|invalid user \w+ from|\breceived: from\b|\bsrc=|\bsshd\[|\" (?:200|301|302|403|404|"
        r"500) \d|"
        r"日志|日誌|信头|邮件头|郵件頭|证据|證據|截图|样本|附件(?:如下|见|見|为|为证|附后|中|是)",
    ),
)
IDEAS: Final = (YOUR_SIDE, REPORT, WRONGDOING, REQUEST, EVIDENCE)
