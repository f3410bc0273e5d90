"""What a notice or a complaint is about, by its words.

Trust:      a guess from a stranger's words, meant for sorting a queue.
Answers:    ``about(subject, text)``: one of ``CLASSES``, or None.
Limits:     the first 20,000 characters; a word in the subject counts five times.
"""

import re
from typing import Final

from comity.formats.clues.folding import folded

_TEXT: Final = 20_000
_WORDS: Final[dict[str, str]] = {
    "copyright": r"infring\w+|copyright|dmca|bittorrent|torrent|piracy|trademark|侵权|版权|版權|盗版|盜版|商标",
    "phishing": r"phish\w*|fraudulent (?:web ?site|site|page|content)|spoofed (?:site|page)|钓鱼|釣魚|仿冒",
    "malware": r"malware|malicious (?:content|file|software|code)|virus(?:es)?\b|trojan|ransomware|drive-by|木马|"
        r"病毒|挂马|恶意(?:软件|程序|代码)",
    "login-attack": r"brute[- ]?forc\w+|login (?:attack|attempts?|failures?)|failed (?:password|login)|fail2ban|"
        r"invalid user|sshd|dictionary attack|"
                    r"authentication fail\w+|暴力破解|爆破|撞库|登录失败",
    "port-scan": r"port ?-?scan\w*|scan(?:ning|ned) (?:of )?(?:our|my|the|several|multiple|port)|probes?\b|"
        r"network scan|端口扫描|扫描端口|扫描|掃描",
    "ddos": r"ddos|denial[- ]of[- ]service|\bflood(?:ing|s)?\b|amplification|拒绝服务|流量攻击|cc攻击",
    "web-attack": r"web (?:attack|application)|sql injection|wp-login|xss|webshell|apache|http attack|regbot|"
        r"badbot|bad ?bots?\b|comment spam\w*|网站攻击|注入攻击",
    "botnet": r"botnet|sinkhole|zombie|\bc&c\b|command and control|infected (?:host|machine|system|computer)|"
        r"drone|僵尸网络|肉鸡|受控",
    "open-service": r"open (?:resolver|relay|proxy|dns)|vulnerab\w+|exposed service|漏洞|开放端口",
    "harvesting": r"harvest\w*",
    "spam": r"spam\w*|unsolicited|junk (?:e-?)?mail|\bu[bc]e\b|垃圾(?:邮件|信件|郵件|短信)|群发|骚扰邮件",
}  # fmt: skip
CLASSES: Final = tuple(_WORDS)
_PATTERNS: Final = {name: re.compile(words) for name, words in _WORDS.items()}
_MOST: Final = 10


def about(subject: str | None, text: str) -> str | None:
    """Give the class most spoken of.

    >>> about("Notice of infringement", "the torrent"), about(None, "hello"), about(None, "一封垃圾邮件")
    ('copyright', None, 'spam')
    """
    title, body = folded((subject or "")[:400]), folded(text[:_TEXT])
    best, most = None, 0
    for name, pattern in _PATTERNS.items():
        count = 5 * len(pattern.findall(title)) + min(_MOST, len(pattern.findall(body)))
        if count > most:
            best, most = name, count
    return best
