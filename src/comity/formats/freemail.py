"""Whether anybody may have a mailbox at a domain: then a mailbox there says nothing about who its owner works for.

Answers:    ``is_freemail(domain)``.
Limits:     the large ones of the world and of China, by name; whoever is not listed is asked for other proof all the same.
"""

from typing import Final

# fmt: off
_DOMAINS: Final = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "live.cn", "msn.com", "outlook.cn", "aol.com",
    "yahoo.com", "yahoo.cn", "yahoo.com.cn", "yahoo.co.jp", "yahoo.co.uk", "yahoo.de", "yahoo.fr", "ymail.com", "rocketmail.com",
    "icloud.com", "me.com", "mac.com", "gmx.net", "gmx.de", "gmx.com", "gmx.at", "gmx.ch", "web.de", "t-online.de", "freenet.de",
    "mail.ru", "bk.ru", "inbox.ru", "list.ru", "yandex.ru", "yandex.com", "ya.ru", "rambler.ru", "ukr.net", "seznam.cz", "wp.pl",
    "o2.pl", "interia.pl", "orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "libero.it", "virgilio.it", "proton.me",
    "protonmail.com", "pm.me", "tutanota.com", "tuta.io", "fastmail.com", "hushmail.com", "mail.com", "zoho.com", "zohomail.com",
    "qq.com", "vip.qq.com", "foxmail.com", "163.com", "vip.163.com", "126.com", "vip.126.com", "yeah.net", "188.com", "netease.com",
    "sina.com", "sina.cn", "vip.sina.com", "sohu.com", "vip.sohu.com", "139.com", "189.cn", "wo.cn", "aliyun.com", "tom.com",
    "21cn.com", "263.net", "eyou.com", "88.com", "naver.com", "daum.net", "hanmail.net", "nate.com", "hinet.net", "pchome.com.tw",
    "rediffmail.com", "uol.com.br", "bol.com.br", "terra.com.br", "comcast.net", "att.net", "verizon.net", "cox.net",
})
# fmt: on


def is_freemail(domain: str) -> bool:
    """Tell it of a domain name.

    >>> is_freemail("163.COM"), is_freemail("mail.163.com"), is_freemail("west.example")
    (True, False, False)
    """
    return domain.rstrip(".").lower() in _DOMAINS
