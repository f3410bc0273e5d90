"""Fingerprints of campaigns: the same for the mails of one run, another for every other mail."""

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.services.judge.learning.campaign import DIGITS, fingerprint

TEXT = (
    "Subject: {subject}\n\nDear {name}, your parcel {number} waits at our store since Monday and will go back to where it came "
    "from if you do not pay the duty of {number} at http://{host}/{number} within this week\n"
)
CHINESE = "Subject: 代开发票\n\n{name}您好，本公司长期代开各类发票，税点优惠，先验证后付款，欢迎来电 {number}\n"


def print_of(text: str = TEXT, **changed: object) -> str:
    values = {"subject": "Your parcel", "name": "Ann", "number": 4711, "host": "pay.example"} | changed
    return fingerprint(text.format(**values).encode())


def test_names_numbers_and_hosts_below_a_domain_change_nothing() -> None:
    """What differs from one recipient to the next."""
    assert print_of() == print_of(name="Bob", number=12, host="a7.pay.example", subject="Re: Your parcel 12")
    assert print_of(CHINESE) == print_of(CHINESE, name="王", number=99)


def test_other_links_make_another_campaign() -> None:
    """Who copies the text of a bank, and links elsewhere, does not have the bank's mail junked."""
    assert print_of() != print_of(host="pay.elsewhere.example")


@given(st.binary(max_size=400))
def test_any_bytes_have_a_fingerprint(data: bytes) -> None:
    """Nothing is raised."""
    assert len(fingerprint(data)) == DIGITS


@pytest.mark.parametrize("mails", [1500])
def test_real_mail_of_both_kinds_never_shares_one(real_data: Path, mails: int) -> None:
    """Legitimate mail does not fall under the fingerprint of spam, and much of the spam comes in campaigns."""
    index = real_data / "trec06p/trec06p/label/index"
    if not index.exists():
        pytest.skip("no trec06p here")
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for line in index.read_text().splitlines()[:mails]:
        label, path = line.split()
        kinds[fingerprint((index.parent / path).read_bytes())].append(label)
    assert not [each for each in kinds.values() if len(set(each)) > 1]
    assert sum(len(each) for each in kinds.values() if len(each) > 1 and each[0] == "spam") > mails / 10
