"""Mails that somebody complains about, of real shape, with known truth, made anew from a seed.

Trust:      our own words and example domains; no line of anybody's mail.
Answers:    ``make_complaint(number, ...)`` gives a ``SampleComplaint``; ``PARTIES`` are the networks that such mails come from.
Limits:     four networks, one a tier and one more at T2, English and Chinese in turn; half is signed by its network, every
            third names its reader in an envelope address, a link or an identifier.
"""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from comity.formats import dkim
from comity.model.tier import Tier

SELECTOR: Final = "k1"
START: Final = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
_TEXT: Final = """
 offer price today delivery account invoice please order warehouse season quality meeting the a of and with for our
 特价 发票 优惠 培训 课程 公司 产品 联系 电话 欢迎 咨询 订购 质量 服务 广告 报名 现货 厂家 直销 代理
"""
_ENGLISH: Final = [word for word in _TEXT.split() if word.isascii()]
_CHINESE: Final = [word for word in _TEXT.split() if not word.isascii()]
_GIVEN: Final = ["Marion", "Deborah", "Quentin", "Ravindra", "Solveig", "Tamsin", "Ulrike", "Wendeline"]
_FAMILY: Final = ["Ashworth", "Birkenau", "Castellan", "Drummond", "Eversley", "Fairbairn", "Grosvenor", "Halvorsen"]
_HAN: Final = ["张伟", "王芳", "李娜", "刘洋", "陈静", "杨敏", "赵磊", "周涛"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleParty:
    """One network with an agreement."""

    name: str
    tier: Tier
    network: str  # the first three numbers of its addresses

    @property
    def domain(self) -> str:
        """Its domain, which signs."""
        return f"{self.name}.example"

    @property
    def address(self) -> str:
        """Where its reports go."""
        return f"fbl@{self.domain}"


PARTIES: Final = (
    SampleParty(name="north", tier=Tier.T2, network="198.51.100"),
    SampleParty(name="south", tier=Tier.T1, network="203.0.113"),
    SampleParty(name="shop", tier=Tier.T2, network="192.0.2"),
    SampleParty(name="far", tier=Tier.T3, network="198.51.102"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleComplaint:
    """One mail as it lies in a mailbox of ours, and what a report about it must say."""

    data: bytes = field(repr=False)
    party: SampleParty
    recipient: str = field(repr=False)
    source_ip: str
    message_id: str
    is_signed: bool


def make_complaint(rng: Random, number: int, *, size: int, key: RSAPrivateKey) -> SampleComplaint:
    """Make the mail of this number, of about ``size`` bytes; the same seed gives the same mails."""
    party = PARTIES[number % len(PARTIES)]
    is_chinese, is_signed, is_named = (number // 4) % 2 == 1, (number // 8) % 2 == 1, number % 3 == 0
    mark, source = f"{rng.randrange(16**12):012x}", f"{party.network}.{rng.randrange(1, 255)}"
    person, recipient = _person(rng, is_chinese=is_chinese)
    reader = recipient if is_named else f"{mark}@nobody.example"
    coded = base64.urlsafe_b64encode(reader.encode()).decode().rstrip("=")
    arrived = format_datetime(START + timedelta(seconds=number * 7))
    message_id = f"{mark}.{number}@mail.{party.domain}"
    words = _CHINESE if is_chinese else _ENGLISH
    own = (
        f"From: {_word('每日优惠' if is_chinese else 'Daily Offers')} <news@{party.domain}>\r\n"
        f"To: {_word(person)} <{recipient}>\r\n"
        f"Subject: {_word(_prose(rng, words, 6))}\r\nDate: {arrived}\r\nMessage-ID: <{message_id}>\r\n"
        f"List-Unsubscribe: <https://{party.domain}/u/{coded}>,\r\n <mailto:leave-{mark}@{party.domain}>\r\n"
        f"List-Id: Offers <offers.{party.domain}>\r\nFeedback-ID: c{number % 31}:{party.name}:letter\r\n"
        f"X-Mailer: Letters 4.{number % 3}\r\nPrecedence: bulk\r\nMIME-Version: 1.0\r\n"
        'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n'
    )
    text = "".join(_prose(rng, words, 9) + "\r\n" for _ in range(max(1, size // (90 if is_chinese else 80))))
    mail = own.encode() + b"\r\n" + base64.encodebytes(text.encode()).replace(b"\n", b"\r\n")
    if is_signed:
        mail = dkim.sign(mail, domain=party.domain, selector=SELECTOR, key=key) + mail
    bounces = f"bounce-{recipient.replace('@', '=')}" if is_named else f"bounce-{mark}"
    ours = (
        f"Return-Path: <{bounces}@{party.domain}>\r\nDelivered-To: {recipient}\r\n"
        f"Received: from out{number % 9}.{party.domain} (out{number % 9}.{party.domain} [{source}])\r\n"
        f"\tby mx.west.example (Postfix) with ESMTPS id {mark[:10].upper()}\r\n\tfor <{recipient}>; {arrived}\r\n"
        f"Received: from app{number % 5}.internal (localhost [127.0.0.1])\r\n"
        f"\tby out{number % 9}.{party.domain} (Postfix) with ESMTP id {mark[2:]};\r\n\t{arrived}\r\n"
    )
    return SampleComplaint(
        data=ours.encode() + mail,
        party=party,
        recipient=recipient,
        source_ip=source,
        message_id=message_id,
        is_signed=is_signed,
    )


def _person(rng: Random, *, is_chinese: bool) -> tuple[str, str]:
    """A display name and an address."""
    given, family, number = rng.choice(_GIVEN), rng.choice(_FAMILY), rng.randrange(10_000)
    shown = rng.choice(_HAN) if is_chinese else f"{given} {family}"
    return shown, f"{given.lower()}.{family.lower()}{number}@west.example"


def _word(text: str) -> str:
    """As a header carries it."""
    return text if text.isascii() else f"=?utf-8?B?{base64.b64encode(text.encode()).decode()}?="


def _prose(rng: Random, words: list[str], count: int) -> str:
    return " ".join(rng.choices(words, k=count))
