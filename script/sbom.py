"""Write a list of what a Comity is made of, as CycloneDX 1.5 (JSON): this environment's Comity and all that it needs to run.

    python script/sbom.py > comity.cdx.json

Taken from the metadata of what is installed here, by what each package says that it needs; not from a list that somebody keeps.
With ``--locked`` it says on the error output which version is not that of script/locked.txt, and ends with status 1 where there is
one. No clock and no chance: the same environment gives the same bytes.
"""

import json
import os
import re
import sys
import uuid
from datetime import UTC, datetime
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

try:
    from packaging.markers import Marker
except ImportError:  # every environment has the one of pip
    from pip._vendor.packaging.markers import Marker

_NEED = re.compile(r"([A-Za-z0-9._-]+)\s*(?:\[([^\]]*)\])?[^;]*(?:;(.*))?")
_EXTRAS = {"postgres"}  # of ours, as the package carries them
ROOT = Path(__file__).parents[1]


def folded(name: str) -> str:
    """A name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def holds(marker: str, extras: set[str]) -> bool:
    """Whether a condition is met here, with these extras or without any."""
    return any(Marker(marker).evaluate({"extra": extra}) for extra in {"", *extras})


def needs(found: Distribution, extras: set[str]) -> dict[str, set[str]]:
    """What a package needs here, each with the extras that are asked of it."""
    wanted: dict[str, set[str]] = {}
    for each in found.requires or ():
        match = _NEED.fullmatch(each.strip())
        if match and (match[3] is None or holds(match[3].strip(), extras)):
            asked = {extra.strip() for extra in (match[2] or "").split(",") if extra.strip()}
            wanted.setdefault(folded(match[1]), set()).update(asked)
    return wanted


def everything() -> tuple[dict[str, Distribution], dict[str, set[str]]]:
    """Comity and all that it needs, and who needs whom."""
    packages: dict[str, Distribution] = {}
    edges: dict[str, set[str]] = {}
    waiting: list[tuple[str, set[str]]] = [("comity", _EXTRAS)]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, frozenset(extras)) in seen:
            continue
        seen.add((name, frozenset(extras)))
        try:
            packages[name] = distribution(name)
        except PackageNotFoundError:
            raise SystemExit(f"{name} is needed and not installed here") from None
        wanted = needs(packages[name], extras)
        edges.setdefault(name, set()).update(wanted)
        waiting += wanted.items()
    return packages, edges


def reference(found: Distribution) -> str:
    """The package URL."""
    return f"pkg:pypi/{folded(found.metadata['Name'])}@{found.version}"


def licence(found: Distribution) -> list[dict[str, object]]:
    """What it says of its licence: an expression, else the name of a classifier, else nothing."""
    stated = found.metadata.get("License-Expression")
    if stated:
        return [{"expression": stated}]
    names = [
        each.rpartition("::")[2].strip() for each in found.metadata.get_all("Classifier") or () if "License ::" in each
    ]
    return [{"license": {"name": name}} for name in names if name != "OSI Approved"]


def component(found: Distribution, kind: str) -> dict[str, object]:
    """One package."""
    said = {
        "type": kind,
        "bom-ref": reference(found),
        "name": folded(found.metadata["Name"]),
        "version": found.version,
        "purl": reference(found),
        "licenses": licence(found),
    }
    return {name: value for name, value in said.items() if value}


def written() -> dict[str, object]:
    """The document."""
    packages, edges = everything()
    others = [packages[name] for name in sorted(packages) if name != "comity"]
    stamp = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), UTC)
    names = " ".join(sorted(map(reference, packages.values())))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, names)}",
        "version": 1,
        "metadata": {
            "timestamp": stamp.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": component(packages["comity"], "application"),
        },
        "components": [component(each, "library") for each in others],
        "dependencies": [
            {"ref": reference(packages[name]), "dependsOn": sorted(reference(packages[each]) for each in edges[name])}
            for name in sorted(packages)
        ],
    }


def unlocked() -> list[str]:
    """What is here in another version than that of script/locked.txt."""
    lines = (ROOT / "script/locked.txt").read_text(encoding="utf-8").splitlines()
    locked = {folded(line.split("==")[0]): line.split("==")[1].split(";")[0].strip() for line in lines if "==" in line}
    packages, _ = everything()
    return [
        f"{name}: {found.version} here, {locked.get(name, 'nothing')} locked"
        for name, found in sorted(packages.items())
        if name != "comity" and locked.get(name) != found.version
    ]


if __name__ == "__main__":
    wrong = unlocked() if "--locked" in sys.argv[1:] else []
    sys.stdout.write(json.dumps(written(), indent=1, ensure_ascii=False) + "\n")
    if wrong:
        sys.exit("\n".join(wrong))
