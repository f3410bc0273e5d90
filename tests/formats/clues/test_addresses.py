"""Addresses in prose and logs, the part they play, and the one that is meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.clues import addresses
from comity.formats.clues.levelled import level

MEANT = {
    "from 192.0.2.7 port 4711 to our server 198.51.100.1": ("192.0.2.7", 4711),
    "IP:192.0.2.1 did it": ("192.0.2.1", None),
    "from our monitoring host 198.51.100.7 we see scans by 192.0.2.8": ("192.0.2.8", None),
    "Our IP: 198.51.100.5. Attacker IP: 192.0.2.5": ("192.0.2.5", None),
    "we traced it back to 192.0.2.6": ("192.0.2.6", None),
    "attack on 198.51.100.10 from 192.0.2.3": ("192.0.2.3", None),
    "Server: 198.51.100.10, attacker: 192.0.2.4": ("192.0.2.4", None),
    "spam received from your mail server (192.0.2.12)": ("192.0.2.12", None),
    "192.0.2.13攻击198.51.100.1": ("192.0.2.13", None),
    "我方IP 198.51.100.10 收到来自 192.0.2.14 的垃圾邮件": ("192.0.2.14", None),
    "source:2001:db8::1 dst:2001:db8::2": ("2001:db8::1", None),
    "Your customer at 192.0.2.1 is attacking our host 198.51.100.3": ("192.0.2.1", None),
    "We got attacked by 192.0.2.4.": ("192.0.2.4", None),
    "192.0.2.1 - - [23/Nov/2026:14:05:06 +0800] \"GET / HTTP/1.1\" 200 1 \"Chrome/120.0.0.0\"": ("192.0.2.1", None),
    "kernel: IN=eth0 SRC=192.0.2.1 DST=198.51.100.4 LEN=40 SPT=4711 DPT=22": ("192.0.2.1", 4711),
    "postfix: connect from unknown[192.0.2.1]: 450": ("192.0.2.1", None),
    "192.0.2.1:4711 -> 198.51.100.1:22": ("192.0.2.1", 4711),
    "Deny tcp src outside:192.0.2.1/4711 dst inside:198.51.100.1/22": ("192.0.2.1", 4711),
    "nslookup with 8.8.8.8 gave 192.0.2.1": ("192.0.2.1", None),
    "attack on 198.51.100.0/24 from 192.0.2.1": ("192.0.2.1", None),
    "源IP：192.0.2.1，目的IP：198.51.100.1，端口：22": ("192.0.2.1", None),
    "攻击源为１９２．０．２．１的主机": ("192.0.2.1", None),
    "贵司IP 192.0.2.9 正在对我方服务器 203.0.113.5 进行暴力破解": ("192.0.2.9", None),
    "来自 192.0.2.1 端口 4711": ("192.0.2.1", 4711),
    "hxxp://192[.]0[.]2[.]3/x": ("192.0.2.3", None),
}  # fmt: skip

NOT_MEANT = [
    "our customer 198.51.100.9 receives spam",
    "attack on 198.51.100.10 by your customer",
    "somebody in your network is attacking 198.51.100.10",
    "198.51.100.10 gets spam from your network",
    "My IP is 198.51.100.5 and someone in your network attacks me",
    "我公司网站服务器（IP：198.51.100.10）遭到攻击，请贵司协助",
    "198.51.100.10收到来自贵司的垃圾邮件",
    "受攻击的IP：198.51.100.10",
    "hop 1: 198.51.100.1, hop 2: 203.0.113.5, hop 3: 192.0.2.77",
    "NetRange: 192.0.2.0 - 192.0.2.255",
    "our server 198.51.100.1 is under attack",
    "hosts 192.0.2.1 and 192.0.2.2 attack us",
    "the offending machines: 192.0.2.1, 192.0.2.2",
    "from 10.0.0.1",
    "we run version 1.2.3.4 of it",
    "192.0.2.0/24 scans us",
    "to 198.51.100.1",
    "see https://list.example/ip/192.0.2.1",
    "我方服务器198.51.100.1被攻击",
    "from 192.0.2.1 to 198.51.100.1, and from 198.51.100.1 to 192.0.2.1",
    "1.2.3.4.5 and 300.1.2.3",
]


@pytest.mark.parametrize("text", MEANT)
def test_the_source_is_found(text: str) -> None:
    """Log lines, labels, "from" and "your": the one that did it, with its own port."""
    found = addresses.find(level(text).text)
    clue = addresses.single_source(found)
    assert clue is not None
    assert (clue.address, clue.port) == MEANT[text]


@pytest.mark.parametrize("text", NOT_MEANT)
def test_no_address_is_better_than_a_wrong_one(text: str) -> None:
    """Destinations, private ranges, versions, ranges, two candidates: nothing is chosen."""
    assert addresses.single_source(addresses.find(level(text).text)) is None


def test_the_writers_own_address_is_none_of_the_sources() -> None:
    """What the mail itself came through cannot be what it complains of."""
    found = addresses.find("203.0.113.9 and 192.0.2.1")
    clue = addresses.single_source(found, frozenset({"203.0.113.9"}))
    assert clue is not None
    assert clue.address == "192.0.2.1"


@given(st.text(alphabet="0123456789abcdef.:[]/ fromtSRCDST=来自目的", max_size=200))
def test_no_text_makes_it_fail(text: str) -> None:
    """Whatever stands there, each address lies where it is said to lie."""
    assert all(0 <= clue.offset < len(text) for clue in addresses.find(text))
