"""Whether a text speaks like a complaint, by ideas that a postmaster can read."""

import pytest

from comity.formats.clues import complaint
from comity.formats.clues.classes import CLASSES, about
from comity.formats.clues.ideas import IDEAS

COMPLAINTS = [
    "Your customer 192.0.2.1 is sending spam. Please stop this, logs below.",
    "Abuse report: brute force attack from your network. Please investigate.",
    "We receive unsolicited mail from your server. Take appropriate action.",
    "贵司IP正在对我方服务器进行暴力破解，请尽快处理。",
    "我要举报：来自你们服务器的垃圾邮件，请立即停止。",
    "貴公司的主機持續掃描我們的網路，請處理。",
]

OTHERS = [
    "Congratulations, you have won! This is not spam. Click here.",
    "Please confirm your account details to avoid suspension.",
    "Our newsletter: ten recipes for pumpkin soup.",
    "诚邀贵公司参加展会，请填写报名表。",
    "会议改到星期四，请查收附件。",
]


@pytest.mark.parametrize("text", COMPLAINTS)
def test_a_complaint_points_at_the_reader_and_says_why(text: str) -> None:
    """English and both Chinese scripts."""
    weight = complaint.weigh(text)
    assert weight.points_at_reader
    assert weight.total >= 3


@pytest.mark.parametrize("text", OTHERS)
def test_other_mail_does_not(text: str) -> None:
    """Advertising, phishing and office mail stay below what is enough at a desk for abuse."""
    assert complaint.weigh(text).total < 3


def test_repeating_gains_nothing() -> None:
    """Ideas are counted, not words."""
    assert complaint.weigh("spam " * 500).total == complaint.weigh("spam").total


def test_every_idea_has_a_sentence() -> None:
    """A rule is data and a sentence that a postmaster understands."""
    assert len({idea.name for idea in IDEAS}) == len(IDEAS)
    assert all(idea.sentence.endswith(".") and len(idea.sentence) > 20 for idea in IDEAS)


def test_not_spam_is_told() -> None:
    """Taking a complaint back is no complaint."""
    assert complaint.takes_back("It isn't spam, I subscribed")
    assert complaint.takes_back("该邮件系误判")
    assert not complaint.takes_back("this is spam")


def test_asking_to_be_unblocked_is_told() -> None:
    """Recourse is its own thing."""
    assert complaint.asks_recourse("why is our server blocked?")
    assert complaint.asks_recourse("请解除对我司IP的封禁") or complaint.asks_recourse("申请解除封锁")
    assert not complaint.asks_recourse("to be removed from this list reply with REMOVE")


def test_what_it_is_about() -> None:
    """The class most spoken of, the subject counting most."""
    assert about("DMCA notice", "the file") == "copyright"
    assert about(None, "Failed password for root, brute force") == "login-attack"
    assert about("钓鱼网站处置", "请删除") == "phishing"
    assert about(None, "good morning") is None
    assert about("spam", "") in CLASSES
