"""Which column of a table says what: by the words of its header, English and Chinese.

Trust:      a header is a stranger's text; it decides what is read, never what is run.
Answers:    ``roles(names)``: role -> positions, best first; ``zone(name)``: the time zone that a header states.
Limits:     words are compared without case, blanks and signs; a word that is not in the tables has no role.

A destination is never a source: "dst_ip", "destination port" or 目的端口 have no role here, whatever else is missing.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta, timezone
from types import MappingProxyType
from typing import Final

_NOISE: Final = re.compile(
    r"[\s_.\-/:'\"*\ufeff]+|[(\uff08\[][^)\uff09\]]{0,40}[)\uff09\]]|(?:utc|gmt)\s*[+-]\s*\d{1,2}(?::?\d{2})?",
    re.IGNORECASE,
)
_ZONE: Final = re.compile(r"(?:utc|gmt)\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)
_UTC: Final = re.compile(r"utc|gmt|zulu|世界时", re.IGNORECASE)
_BEIJING: Final = re.compile(r"北京|cst|东八区|中国标准时间|beijing", re.IGNORECASE)

# role -> words, the surest first. A word that could mean something else is accepted only where the cells agree (``plan``).
_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "address": (
            "srcip sourceip sourceipaddress sourceaddress srcipaddress srcaddress srcaddr sourceip4 sourceipv4 sourceipv6 "
            "infectedip infectedhost botip botaddress attackerip attackingip attackip offenderip offendingip abuseip abusiveip "
            "spammerip sendingip senderip clientip clientaddress clientipaddress "
            "源ip 源ip地址 源地址 来源ip 来源ip地址 来源地址 攻击源ip 攻击源 攻击源地址 "
            "攻击ip 攻击者ip 攻击ip地址 感染ip 感染主机ip 感染主机 "
            "受控ip 受控主机ip 受控主机 被控ip 被控主机ip 被控端ip 肉鸡ip "
            "发件ip 发信ip 发送ip 客户端ip 用户ip 投诉ip 被投诉ip 违规ip "
            "httprefererip ip ipaddress ipaddr ipnumber ipv4 ipv6 ipv4address ipv6address ip地址 主机ip 公网ip 外网ip "
            "hostip remoteaddr address addr client attacker source src host 地址 主机 攻击者"
        ),
        "port": (
            "srcport sourceport sport spt clientport attackerport localport natport publicport httprefererport "
            "源端口 源端口号 来源端口 攻击源端口 客户端端口 公网端口 port portnumber portno 端口 端口号"
        ),
        "time": (
            "timestamp timestamputc eventtimestamp eventtime eventdatetime sourcetime timesource timeofevent occurredat occurred "
            "incidenttime attacktime datetime datetimeutc datetimereceivedutc dateandtime filetimeutc timeutc utctime utc "
            "observed observedat observationtime observedtime detected detectedat detectiontime detectedtime detecteddate "
            "lastseen lastseenat lastseenutc lastactivity seen seenat firstseen starttime adddate time when ts date eventdate "
            "发生时间 事件时间 事件发生时间 攻击时间 发现时间 检测时间 监测时间 "
            "监测到时间 告警时间 感染时间 通信时间 投诉时间 发送时间 最后发现时间 "
            "最近发现时间 首次发现时间 北京时间 时间 日期时间 时间戳 utc时间 日期"
        ),
        "day": "eventdate date 日期 发生日期",
        "protocol": "protocol proto transport transportprotocol ipprotocol 协议 传输协议 协议类型",
        "infection": (
            "infection malware malwarename malwarefamily malwaretype infectiontype botnet botnetname botname family threatname "
            "病毒 病毒名称 木马 木马名称 木马家族 恶意程序 恶意程序名称 恶意代码 恶意代码名称 僵尸网络 僵尸网络名称 家族"
        ),
        "class": (
            "reporttype eventtype classification classificationtype category threattype abusetype attacktype incidenttype type "
            "类型 事件类型 攻击类型 威胁类型 投诉类型 分类 类别"
        ),
        "uri": "url uri sourceurl srcurl phishurl phishingurl malwareurl badurl 网址 链接 钓鱼网址 恶意网址 url地址",
        "domain": "domain domainname fqdn sourcedomain baddomain request 域名 恶意域名",
        "report_id": "eventid reportid incidentid caseid ticketid uuid 编号 事件编号 投诉编号 工单号",
        "incidents": "incidents occurrences occurrence 次数 攻击次数 投诉次数",
        "mail_from": "mailfrom envelopefrom originalmailfrom 发件人 发件地址",
        "message_id": "messageid msgid 邮件id",
        "subject": "subject mailsubject 主题 邮件主题 标题",
        "tlp": "tlp",
    }
)


def _by_word() -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for role, words in _WORDS.items():
        for rank, word in enumerate(words.split()):
            found.setdefault(word, []).append((role, rank))
    return found


_BY_WORD: Final = _by_word()


def plain(name: str) -> str:
    """The word that is looked up for a header cell.

    >>> plain(" Source-IP (UTC) "), plain("源 IP"), plain("time.source")
    ('sourceip', '源ip', 'timesource')
    """
    return _NOISE.sub("", name[:200]).lower()


def roles(names: Sequence[str]) -> dict[str, list[int]]:
    """Which positions can play which role, the surest word first.

    >>> roles(["timestamp", "ip", "dst_ip", "port"])
    {'time': [0], 'address': [1], 'port': [3]}
    """
    ranked: dict[str, list[tuple[int, int]]] = {}
    for position, name in enumerate(names):
        for role, rank in _BY_WORD.get(plain(name), ()):
            ranked.setdefault(role, []).append((rank, position))
    return {role: [position for _, position in sorted(found)] for role, found in ranked.items()}


def zone(name: str) -> timezone | None:
    """The time zone that a header cell states; None where it states none.

    >>> zone("time (UTC)"), zone("发生时间(北京时间)"), zone("time UTC+8"), zone("time")
    (datetime.timezone.utc, datetime.timezone(datetime.timedelta(seconds=28800)), \
datetime.timezone(datetime.timedelta(seconds=28800)), None)
    """
    match = _ZONE.search(name)
    if match:
        minutes = int(match.group(2)) * 60 + int(match.group(3) or 0)
        if minutes <= 14 * 60:
            return timezone(timedelta(minutes=-minutes if match.group(1) == "-" else minutes))
    if _BEIJING.search(name):
        return timezone(timedelta(hours=8))
    return UTC if _UTC.search(name) else None
