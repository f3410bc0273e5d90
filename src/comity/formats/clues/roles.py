"""What the words around an address say of the part it plays: did it, or was it done to.

Trust:      plain words of a stranger; where they say both, nothing is chosen.
Answers:    one compiled pattern for each place: ``*_BEFORE`` end at the address, ``*_AFTER`` begin behind it.
Limits:     60 characters of the same line before an address, 120 behind it.
"""

import re
from typing import Final

# What may stand between the telling word and the address: "your MAIL SERVER AT 192.0.2.1", "源 IP 地址：192.0.2.1".
_NOUNS: Final = (
    "ips?", "hosts?", "servers?", "machines?", "systems?", "address(?:es)?", "addr", "users?", "number", "ipv4", "ipv6",
    "customers?", "clients?", "subscribers?", "website", "site", "network", "router", "the", "of", "an?", "at",
    "this", "following",
    "(?:web|mail|ssh|ftp|dns|name)[ -]?servers?", "outside", "inside", "wan", "lan", "untrust", "trust",
    "的", "服务器", "伺服器", "主机", "主機", "机器", "地址", "用户", "客户", "网站", "網站", "系统", "平台", "公网",
    "邮件", "出口", "方", "侧", "端",
)  # fmt: skip
_BETWEEN: Final = (
    rf"(?:\s?[(（]?(?:{'|'.join(_NOUNS)}))*" r"\s{0,3}(?:is|are|was|were|=|:|为|是|-)?[\s\[(（:='\"*<]{0,5}$"
)


def _before(*words: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(words)}){_BETWEEN}", re.IGNORECASE)


def _after(*words: str) -> re.Pattern[str]:
    return re.compile(rf"[\])）'\"]{{0,2}}\s{{0,2}}(?:{'|'.join(words)})", re.IGNORECASE)


# Asked first: a phrase whose last word alone would say the opposite.
SOURCE_PHRASE: Final = _before(
    r"\b(?:attack(?:s|ed)?|scan(?:s|ned)?|prob(?:e|es|ed)|spam(?:s|med)?|hit|hits|flood(?:s|ed)?|abused?|sent|"
    r"attempts?|used|hosted|caused) by",
    r"\b(?:assigned|belong(?:s|ing)?|leads?(?: back)?|points?|resolves?|allocated|registered) to",
    r"\b(?:traced|tracked|followed)(?: (?:it|them|him|this|that))?(?: back)? to",
)  # fmt: skip
OTHER_BEFORE: Final = _before(
    r"\bto", r"\btowards?", r"\bagainst", "->", "=>", "→", r"\bdst", r"\bdst_?ip", r"\bdest", r"\bdestination",
    r"\btarget(?:ed|s|ing)?", r"\bvictim(?:'s)?", r"\bserver(?=:|=)",
    r"\b(?:our|my)(?: (?:\w|-){1,20}){0,2}", r"\bmine", r"\bours", r"\bhoneypot", r"\bsinkhole", r"\bresolver",
    r"\bnameserver",
    r"\bversion", r"\bver\.?", r"\bv", r"\bgateway", r"\bnetmask", r"\bmask", r"\bdaddr", r"\blocal", r"\bproxy",
    r"\bfirewall",
    r"\bcidr", r"\brange", r"\bsubnet", r"\bnetwork", r"\bcopyright", r"\brelease",
    r"\b(?:attack(?:s|ed|ing)?|scan(?:s|ned|ning)?|prob(?:es|ed|ing)|log-?ins?|attempts?|traffic|spam|requests?|"
    r"connections?) (?:on|at|against|into)",
    r"\b(?:attack(?:s|ed|ing)?|scan(?:s|ned|ning)|prob(?:es|ed|ing)|hit(?:s|ting)?|flood(?:s|ed|ing)|hammer(?:s|"
    r"ed|ing)|target(?:s|ed|ing)|hacked|reached)"
    r"(?= ?$| (?:the|our|my) )",
    "目的", "目标", "目標", "受害", "被攻击", "受攻击", "我方", "我们", "我們", "我司", "我的",
    "我(?:公司|单位|院|校|局|部|处|网|中心)", "本(?:机|機|公司|单位|院|校|网)",
    "版本", "网关", "网段", "解析到?", "蜜罐",
    r"(?:攻击|扫描|登录|访问|入侵|爆破|攻擊|掃描)(?:了|到|我方)?(?=\s?$)",
)  # fmt: skip
SOURCE_BEFORE: Final = _before(
    r"\bfrom", r"\bsrc", r"\bsource", r"\bsaddr", r"\bsrc_?ip", r"\bsource_ip", r"\bclient", r"\brhost", r"\bremote",
    r"\battackers?(?:'s)?", r"\battacking (?=ip|host|address|machine|system)", r"\boffend(?:ing|er)",
    r"\babus(?:ive|er)", r"\bhack(?:er|ing)(?:'s)?",
    r"\bintruder", r"\bspam(?:mer|ming)", r"\binfected", r"\bcompromised", r"\bmalicious", r"\borigin(?:ating)?",
    r"\binfring(?:er|ing)(?:'s)?", r"\byour", r"\bcustomer(?:'s)?", r"\bsubscriber(?:'s)?", r"\babout", r"\bbanned?",
    r"\bblocked",
    r"\bhosted (?:on|at)", r"\blocated at", r"\bregarding", r"\bconcerning", r"\bx-originating-ip",
    "来自", "來自", "来源", "來源", "源", "攻击者", "攻擊者", "攻击(?=ip|的ip|地址|主机)", "对方", "对端", "发件",
    "发送方", "发信", "黑客",
    "贵司", "贵公司", "贵方", "贵网", "貴司", "貴公司", "你们", "你公司", "您的", "您公司", "你司", "违规", "涉嫌",
    "恶意", "木马", "肉鸡", "垃圾邮件",
)  # fmt: skip
SOURCE_AFTER: Final = _after(
    "正在", "持续", "多次", "一直", "不断", "对", "向", "频繁",
    r"(?:(?:has|have|is|was|keeps?|kept)\s)?(?:been\s)?(?:attack(?:ing|s)\b|scan(?:ning|s)\b|spamm|send(?:s|"
    r"ing)\b|sent\b|prob(?:ing|es)\b|"
    r"flood(?:ing|s)\b|hammer|brute|attempt|trying|tried|host(?:s|ing)\b)",
)  # fmt: skip
OTHER_AFTER: Final = _after(
    "被", "遭", "受到", "收到", "接收",
    r"(?:was|is|has been|were|got|is being|been)\s(?:attacked|scanned|targeted|flooded|hit|our|mine|under attack|"
    r"hacked)",
    r"(?:gets|got|receives?|received|is receiving|has received|suffers)\b",
    r"[(（]\s?(?:our|my|victim|target|我方|我们|本机|受害|目标)",
)  # fmt: skip
