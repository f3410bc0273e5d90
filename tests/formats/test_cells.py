"""Nothing that a stranger wrote is computed by whoever opens a table."""

import csv
import io

import pytest

from comity.formats.cells import cell, csv_bytes

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"


@pytest.mark.parametrize("before", ["", " ", "\t", "\r", "\n", "\u3000", "\ufeff", " \xa0\t"])
@pytest.mark.parametrize("sign", SIGNS)
def test_a_formula_is_text(sign: str, before: str) -> None:
    """Written with the signs of ASCII or full-width ones, with blanks before it or without."""
    text = f'{before}{sign}HYPERLINK("https://x.example")'
    ((found,),) = csv.reader(io.StringIO(csv_bytes([(text,)]).decode(), newline=""))
    assert found == f"'{text}"


@pytest.mark.parametrize("text", ["a=b", "192.0.2.7", "'=1", "", " ", "a@b.example", "\u5e7f\u544a\uff1d"])
def test_other_text_stays_as_it_is(text: str) -> None:
    """Only what begins so."""
    assert cell(text) == text
