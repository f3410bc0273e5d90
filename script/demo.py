"""The straight line on sample mail, then ``comity demo``, the whole loop; every step is checked.

Called by ``script/demo``. Nothing leaves this machine: keys are made on the spot, everything lies in one folder.
Exit status 0 when every check held, 1 otherwise.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from comity.cli.demo.places import sign_samples
from comity.feedback.redaction import leaks as checker

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "src" / "comity" / "samples"
CORPUS_AGREEMENTS = """
[identity]
domain = "west.example"
address = "feedback@west.example"

[[agreement]]
peer = "lower-half"
address = "abuse@lower.example"
networks = ["0.0.0.0/1"]
tier = "T2"

[[agreement]]
peer = "upper-half"
address = "abuse@upper.example"
networks = ["128.0.0.0/1", "::/0"]
tier = "T1"
"""
PAGES = {"en": "cases.html", "zh": "cases.zh.html"}
CASES = 3


class Demo:
    """One run: tells the story, counts what did not hold."""

    def __init__(self, out: Path, language: str) -> None:
        self.out, self.language, self.failed = out, language, 0
        self.console = Console(width=min(80, Console().width), highlight=False)

    def tell(self, text: str) -> None:
        """Say one paragraph of the story."""
        self.console.print(text)

    def chapter(self, number: int, text: str) -> None:
        """Begin a part."""
        self.console.print()
        self.console.rule(f"[bold]{number}  {text}", align="left")

    def check(self, holds: bool, text: str) -> None:
        """State what must be true, and whether it is."""
        self.failed += not holds
        self.console.print(f"  {'[green]ok  [/green]' if holds else '[bold red]NO  [/bold red]'} {escape(text)}")

    def comity(self, *arguments: str) -> list[dict[str, Any]]:
        """Run the command itself, as anybody would, and give its JSON lines."""
        done = subprocess.run(self._command(*arguments), check=False, cwd=self.out, stdout=subprocess.PIPE)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def show(self, *arguments: str, language: str | None = None, visible: bool = True) -> int:
        """Run the command and let it speak for itself; its exit status."""
        command = self._command(*arguments, language=language or self.language)
        environment = os.environ | {"COLUMNS": "80"}
        sys.stdout.flush()
        output = None if visible else subprocess.DEVNULL
        return subprocess.run(command, check=False, cwd=self.out, env=environment, stdout=output).returncode

    def _command(self, *arguments: str, language: str = "en") -> list[str]:
        shown = " ".join(each.replace(f"{self.out}/", "").replace(f"{ROOT}/", "") for each in arguments)
        self.console.print(f"[dim]$ comity {escape(shown)}[/dim]")
        return [sys.executable, "-m", "comity", "--language", language, *arguments]


def prepare(out: Path) -> None:
    """Copy the sample mail, and sign what its originators would have signed, with keys that exist in this run only."""
    shutil.copytree(SAMPLES / "west-inbox", out / "west-inbox")
    for name in ("west-agreements.toml", "east-own.csv"):
        shutil.copy(SAMPLES / name, out / name)
    (out / "seen-at-delivery.zone").write_text(sign_samples(out / "west-inbox"))


def samples(demo: Demo) -> None:
    """The whole line on our own mail."""
    out = demo.out
    prepare(out)
    demo.chapter(1, "People at west.example press “this is spam”")
    demo.tell("Fourteen mails, English and Chinese. Who is told about each, and who is not, and why:")
    told = demo.comity(
        "complain", str(out / "west-inbox"), "--agreements", str(out / "west-agreements.toml"),
        "--dkim-keys", str(out / "seen-at-delivery.zone"), "--out", str(out / "reports"), "--json",
    )  # fmt: skip
    for mail in told:
        for report in mail["reports"]:
            why = f"{report['role']}, by {report['rule']}, tier {report['tier']}"
            demo.tell(f"  [bold]{escape(mail['path'])}[/bold]\n      → {escape(report['party'])}, {escape(why)}")
        for refusal in mail["refusals"]:
            demo.tell(f"  [bold]{escape(mail['path'])}[/bold]\n      no report: {refusal['reason']}")
    written = [report | {"mail": mail} for mail in told for report in mail["reports"]]
    refused = Counter(refusal["reason"] for mail in told for refusal in mail["refusals"])
    demo.check(len(written) >= 6, f"{len(written)} reports written, each party told once")
    demo.check(
        {"source-unknown", "is-auto-reply", "own-network", "no-agreement-and-no-cfbl-address"} <= set(refused),
        f"{refused.total()} times no, and every no has a name",
    )
    demo.check(
        any(report["rule"].startswith("cfbl") for report in written), "the newsletter's signed CFBL-Address is used"
    )
    demo.check(
        bool(written) and not any("victim" in report["address"] for report in written),
        "an unsigned CFBL-Address cannot aim reports at a victim",
    )
    leaks(demo, told)

    demo.chapter(2, "The same facts come out at the other side")
    back = {row["path"]: row for row in demo.comity("read", str(out / "reports"), "--json")}
    same = [
        back.get(f"{report['party']}/{Path(report['file']).name}", {}).get("source_ip") == report["mail"]["source_ip"]
        for report in written
    ]
    demo.check(
        bool(same) and all(same),
        f"{sum(same)} of {len(same)} reports are read back with the source address that went in",
    )

    demo.chapter(3, "The abuse mailbox of east.example becomes cases")
    mailbox = out / "east-mailbox"
    shutil.copytree(SAMPLES / "east-abuse", mailbox)
    for party in ("east-hosting", "east-lines"):
        for path in sorted((out / "reports" / party).glob("*.eml")):
            shutil.copy(path, mailbox / f"from-west-{path.name}")
    own = str(out / "east-own.csv")
    for language, page in PAGES.items():
        demo.show(
            "triage", str(mailbox), "--own", own, "--out", str(out / page), "--no-resume",
            language=language, visible=language == demo.language,
        )  # fmt: skip
    rows = demo.comity("triage", str(mailbox), "--own", own, "--json", "--no-resume")
    kinds = Counter(str(row.get("type")) for row in rows)
    demo.check(
        kinds["case"] == CASES, f"{kinds['case']} cases: the home lines, the hosting customers, the harbour town"
    )
    demo.check(sum(kinds.values()) > kinds["case"], f"as JSON: {dict(kinds)}")
    demo.check(
        (out / "cases.html").stat().st_size > 5000 and (out / "cases.zh.html").stat().st_size > 5000,
        "both pages are written",
    )
    demo.tell(
        f"\nLook at the pages:\n  {out / 'cases.html'}\n  {out / 'cases.zh.html'}\nThe reports: {out / 'reports'}"
    )


def leaks(demo: Demo, told: list[dict[str, Any]]) -> None:
    """No complainer's address stands in any report, in any form that can be decoded."""
    people = ["ann", "bo.lee", "chen", "dora", "emil", "finn", "hui", "ivan", "judy", "kim", "lan", "mo"]
    recipients = [f"{person}@mail.west.example" for person in people]
    found = [
        leak
        for mail in told
        for report in mail["reports"]
        for leak in checker.find((demo.out / report["file"]).read_bytes(), recipients)
    ]
    demo.check(bool(told) and not found, "no complainer is found in any report, however encoded")


def corpus(demo: Demo, folder: Path) -> None:
    """The same line on real mail: every mail in the folder is complained about."""
    out = demo.out
    (out / "agreements.toml").write_text(CORPUS_AGREEMENTS)
    own = "".join(f"{first}.0.0.0/8,{'Lower' if first < 128 else 'Upper'} half\n" for first in range(256))
    (out / "own.csv").write_text(own)
    demo.chapter(1, f"Every mail in {folder} is complained about")
    demo.show("complain", str(folder), "--agreements", str(out / "agreements.toml"), "--out", str(out / "reports"))
    demo.chapter(2, "The reports become cases")
    for language, page in PAGES.items():
        demo.show(
            "triage", str(out / "reports"), "--own", str(out / "own.csv"), "--out", str(out / page), "--no-resume",
            language=language, visible=language == demo.language,
        )  # fmt: skip
    demo.check((out / "cases.html").exists(), f"the page is written: {out / 'cases.html'}")


def loop(demo: Demo, number: int, folder: Path | None) -> None:
    """The other half: everything between two running networks."""
    demo.chapter(number, "Both sides run: comity demo")
    more = () if folder is None else ("--corpus", str(folder))
    status = demo.show("demo", "--keep", str(demo.out / "loop"), *more)
    demo.check(status == 0, "the loop runs")


def main() -> int:
    """Run the demonstration."""
    parser = argparse.ArgumentParser(prog="script/demo", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--out", type=Path, default=ROOT / "demo-out", help="folder for everything it makes (default: demo-out)"
    )
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="take the mail in DIR instead of the samples")
    parser.add_argument("--language", default="en", choices=["en", "zh"], help="language of the pages shown")
    options = parser.parse_args()
    out = options.out.resolve()
    if out.exists() and any(out.iterdir()):
        if not (out / ".comity-demo").exists():
            print(f"{out} is there and was not made by this program; choose another with --out", file=sys.stderr)
            return 64
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / ".comity-demo").touch()
    demo = Demo(out, options.language)
    if options.corpus:
        corpus(demo, options.corpus.resolve())
        loop(demo, 3, options.corpus.resolve())
    else:
        samples(demo)
        loop(demo, 4, None)
    demo.tell("")
    demo.tell(f"[bold red]{demo.failed} checks failed[/bold red]" if demo.failed else "[green]Everything held.[/green]")
    return 1 if demo.failed else 0


if __name__ == "__main__":
    sys.exit(main())
