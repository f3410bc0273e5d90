"""Lines of the form "Label: value" in a notice.

Trust:      labels and values are a stranger's.
Answers:    ``find(text)``: the labelled lines in order, names made comparable.
Limits:     2,000 lines, 40 characters of label, 500 of value.
"""

import re
from dataclasses import dataclass
from typing import Final

_LINE: Final = re.compile(
    r"^[ \t>*|#-]{0,12}(?P<label>[A-Za-z\u4e00-\u9fff][A-Za-z0-9_ \u4e00-\u9fff'’/().-]{0,40}?)[ \t*]{0,4}(?::|：|"
    r"=)(?P<gap>[ \t*]{0,20})"
    r"(?P<value>[^\s*].{0,500})$",
    re.MULTILINE,
)
_SPACE: Final = re.compile(r"[\s_-]+")
_MOST: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One labelled line: its number in the text, its name in lower case with single blanks, its value."""

    line: int
    name: str
    value: str


def find(text: str) -> list[Label]:
    """Find the labelled lines.

    >>> find("Infringer's IP Address: 192.0.2.1\\nhttp://x.example")
    [Label(line=0, name="infringer's ip address", value='192.0.2.1')]
    """
    found: list[Label] = []
    for number, line in enumerate(text.split("\n")):
        if ":" not in line and "：" not in line and "=" not in line:
            continue
        match = _LINE.match(line)
        if match is None or len(found) >= _MOST:
            continue
        value = match.group("value")
        if value.startswith("//"):  # a link's scheme is no label
            continue
        name = _SPACE.sub(" ", match.group("label").replace("’", "'").lower()).strip()
        found.append(Label(line=number, name=name, value=value.strip(" \t*")))
    return found
