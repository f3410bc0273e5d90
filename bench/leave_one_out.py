"""Switch off what is known of one provider, read real reports, and see what the rest of the reader makes of them.

usage: python bench/leave_one_out.py FOLDER

A provider nobody wrote a rule for is met every day: its report must be read right or not at all, and never give a wrong address.
Right is what the whole reader answers. FOLDER holds one folder for each source of reports. See bench/README.md.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from comity.formats import authres, reading, received
from comity.formats.dialects.notices import rules
from comity.model.feedback import Reading

WANTED = 0.95
_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True, kw_only=True)
class Special:
    """What is known of one provider: dialects and notices by name, and values of modules with what stands there without it."""

    dialects: frozenset[str] = frozenset()
    notices: frozenset[str] = frozenset()
    values: dict[tuple[Any, str], Any] = field(default_factory=dict)


# Everything in ``comity.formats`` that is there for one provider's reports. What several write is no special rule.
PROVIDERS = {
    "Microsoft: its form without a feedback part": Special(dialects=frozenset({"jmrp"})),
    "Microsoft: sender IP in results, backbone": Special(
        values={(authres, "_SENDER_IP"): _NEVER, (received, "_BACKBONES"): (), (received, "_BACKBONE_NAMES"): ()}
    ),
    "Apple: unsubscribe": Special(dialects=frozenset({"unsubscribe"})),
    **{f"notice {rule.name}": Special(notices=frozenset({rule.name})) for rule in rules.RULES},
}


@contextmanager
def switched_off(special: Special) -> Iterator[None]:
    """The reader without it."""
    left = tuple(rule for rule in rules.RULES if rule.name not in special.notices)
    dialects = tuple(each for each in reading.DIALECTS if each[0] not in special.dialects)
    with ExitStack() as stack:
        stack.enter_context(patch.object(rules, "RULES", left))
        stack.enter_context(patch.object(reading, "DIALECTS", dialects))
        for (module, name), value in special.values.items():
            stack.enter_context(patch.object(module, name, value))
        yield


Found = dict[Path, tuple[Reading, Counter[str]]]


def read(paths: list[Path]) -> Found:
    """What each file is, and the source addresses that stand in its reports."""
    found = {}
    for path in paths:
        answer = reading.read(path.read_bytes(), name=path.name)
        found[path] = answer, Counter(each.source_ip for each in answer.reports if each.source_ip)
    return found


def main() -> int:
    """Print the table; gives 1 where an address was wrong or too few reports were right or silent."""
    paths = sorted(path for path in Path(sys.argv[1]).rglob("*") if path.is_file())
    whole, failed = read(paths), False
    print(
        f"{len(paths)} files, {sum(addresses.total() for _, addresses in whole.values())} source addresses with everything\n"
    )
    print(f"{'switched off':46}{'files':>7}{'right':>7}{'none':>7}{'wrong':>7}{'right or none':>15}")
    for name, special in PROVIDERS.items():
        with switched_off(special):
            without = read(paths)
        right = none = wrong = files = 0
        for path in paths:
            (before, known), (after, left) = whole[path], without[path]
            if (before.why, before.reports) == (after.why, after.reports):
                continue  # nothing of it is this provider's
            files += 1
            right += (known & left).total()
            wrong += (left - known).total()
            none += max(0, known.total() - left.total())
        share = 1 - wrong / max(1, right + none + wrong)
        failed |= wrong > 0 or share < WANTED
        print(f"{name:46}{files:7}{right:7}{none:7}{wrong:7}{share:15.1%}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
