"""Write figures as Prometheus reads them.

Standards:  the text format of Prometheus, version 0.0.4: HELP and TYPE once for each name, label values escaped.
Answers:    ``Figure``, ``text_of(figures)``.
Limits:     figures of one name stand together, in the order in which the name came first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

MEDIA: Final = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure; what it says is in English, as everywhere in this format."""

    name: str
    about: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
    kind: str = "gauge"


def text_of(figures: Iterable[Figure]) -> str:
    r"""All of them.

    >>> two = [Figure(name="a", about="A.", value=2, labels={"b": 'c"\n'}), Figure(name="a", about="A.", value=0.5)]
    >>> print(text_of(two), end="")
    # HELP a A.
    # TYPE a gauge
    a{b="c\"\n"} 2
    a 0.5
    """
    by_name: dict[str, list[Figure]] = {}
    for each in figures:
        by_name.setdefault(each.name, []).append(each)
    lines: list[str] = []
    for name, some in by_name.items():
        lines += [f"# HELP {name} {_help(some[0].about)}", f"# TYPE {name} {some[0].kind}"]
        lines += [f"{name}{_labels(each.labels)} {each.value:.15g}" for each in some]
    return "".join(f"{line}\n" for line in lines)


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_value(value)}"' for name, value in labels.items()) + "}"


def _value(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _help(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")
