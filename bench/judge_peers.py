"""How well and how fast mail is judged, beside the filters of Debian, on the same messages in the same run.

usage: python bench/judge_peers.py INDEX [--limit N] [--only NAME,NAME]

INDEX is an index of the TREC spam track. Each filter begins with nothing, judges each message, then is told its label. Debian's
packages: bogofilter, spamassassin (its Bayes alone, through its library), crm114. What is not installed is left out, and said so.
CPU seconds are those of the filter and all its children; bogofilter and crm114 start anew for each message, as their users do.
"""

import argparse
import json
import math
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from comity.services.judge.filtering import Filter
from comity.verdict.measures import missed_at, one_minus_roca

BAYES = r"""
use strict; use warnings; use Mail::SpamAssassin;
my $sa = Mail::SpamAssassin->new({ local_tests_only => 1, dont_copy_prefs => 1,
  site_rules_filename => $ARGV[0], rules_filename => $ARGV[0] });
$sa->init(0); $| = 1;
while (my $line = <STDIN>) {
  chomp $line; my ($label, $path) = split / /, $line, 2;
  open(my $in, '<', $path) or die $path; my @mail = <$in>; close $in;
  my $mail = $sa->parse(\@mail, 1);
  my $status = $sa->check($mail);
  my $score = $status->{bayes_score}; $score = 0.5 unless defined $score;
  $status->finish();
  my $learnt = $sa->learn($mail, undef, $label eq 'spam' ? 1 : 0, 0);
  $learnt->finish() if $learnt; $mail->finish(); print "$score\n";
}
"""
RULES = """loadplugin Mail::SpamAssassin::Plugin::Check
loadplugin Mail::SpamAssassin::Plugin::Bayes
"""
RULE = """body BAYES_ANY eval:check_bayes('0.00', '1.00')
score BAYES_ANY 1
"""


def lines(index: Path, limit: int | None) -> list[tuple[bool, Path]]:
    """The messages of an index that are there."""
    found = []
    for line in index.read_text("utf-8", "surrogateescape").splitlines():
        label, _, path = line.partition(" ")
        if (index.parent / path).is_file():
            found.append((label == "spam", index.parent / path))
    return found[:limit]


def comity(mails: list[tuple[bool, Path]], _: Path) -> Iterator[float]:
    """Ours."""
    judge = Filter.new()
    for spam, path in mails:
        data = path.read_bytes()
        yield judge.judge(data).score
        judge.learn(data, spam)


def bogofilter(mails: list[tuple[bool, Path]], folder: Path) -> Iterator[float]:
    """Debian's bogofilter, with its own settings."""
    base = ["bogofilter", "-d", str(folder)]
    subprocess.run([*base, "-s"], input=b"Subject: start\n\nstart\n", check=True)
    for spam, path in mails:
        data = path.read_bytes()
        told = subprocess.run([*base, "-T"], input=data, capture_output=True, check=False).stdout.split()
        yield log_odds(float(told[1])) if len(told) > 1 else 0.0
        subprocess.run([*base, "-s" if spam else "-n"], input=data, check=True)


def spamassassin(mails: list[tuple[bool, Path]], folder: Path) -> Iterator[float]:
    """The Bayes of SpamAssassin, from the first message on."""
    rules, script = folder / "rules", folder / "bayes.pl"
    rules.mkdir()
    (rules / "bayes.pre").write_text(RULES)
    (rules / "bayes.cf").write_text(
        f"{RULE}bayes_path {folder}/bayes\nuse_bayes 1\nbayes_auto_learn 0\nbayes_min_ham_num 1\nbayes_min_spam_num 1\n"
    )
    script.write_text(BAYES)
    todo = "".join(f"{'spam' if spam else 'ham'} {path}\n" for spam, path in mails)
    done = subprocess.run(["perl", str(script), str(rules)], input=todo.encode(), capture_output=True, check=True)
    for line in done.stdout.split():
        yield log_odds(float(line))


def crm114(mails: list[tuple[bool, Path]], folder: Path) -> Iterator[float]:
    """CRM114's OSB Markov classifier with microgrooming."""
    kind = "<osb unique microgroom>"
    (folder / "c.crm").write_text(
        f"isolate (:s:) {{}}\n{{ classify {kind} (spam.css | ham.css) (:s:) }}\noutput /:*:s:/\n"
    )
    for name in ("spam", "ham"):
        (folder / f"{name}.crm").write_text(f"learn <osb unique microgroom> ({name}.css)\n")
        subprocess.run(["crm", f"{name}.crm"], input=b"start\n", cwd=folder, check=True)
    for spam, path in mails:
        data = path.read_bytes()
        told = subprocess.run(["crm", "c.crm"], input=data, cwd=folder, capture_output=True, check=False).stdout
        match = re.search(rb"pR: +(-?[0-9.]+)", told)
        score = float(match.group(1)) if match else 0.0
        yield score
        if (score > 0) != spam or abs(score) < 10:
            subprocess.run(["crm", f"{'spam' if spam else 'ham'}.crm"], input=data, cwd=folder, check=True)


PEERS = {
    "comity": (comity, None),
    "bogofilter": (bogofilter, "bogofilter"),
    "spamassassin-bayes": (spamassassin, "sa-learn"),
    "crm114": (crm114, "crm"),
}


def log_odds(share: float) -> float:
    """The log-odds of a probability, as far as a float can tell."""
    share = min(1 - 1e-15, max(1e-15, share))
    return math.log(share / (1 - share))


def cpu() -> float:
    """CPU seconds of this process and of the children it waited for."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in both)


def main() -> int:
    """Measure what is there."""
    parser = argparse.ArgumentParser()
    parser.add_argument("index", type=Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--only", default=",".join(PEERS))
    chosen = parser.parse_args()
    mails = lines(chosen.index, chosen.limit)
    for name in chosen.only.split(","):
        peer, program = PEERS[name]
        if program and not shutil.which(program):
            print(json.dumps({"filter": name, "left_out": f"{program} is not installed"}), flush=True)
            continue
        with tempfile.TemporaryDirectory() as folder:
            began, wall = cpu(), time.monotonic()
            scores = list(peer(mails, Path(folder)))
            used, passed = cpu() - began, time.monotonic() - wall
        spam = [score for (label, _), score in zip(mails, scores, strict=True) if label]
        legitimate = [score for (label, _), score in zip(mails, scores, strict=True) if not label]
        area, missed = one_minus_roca(spam, legitimate), missed_at(0.001, spam, legitimate)
        row = {
            "filter": name,
            "n": len(mails),
            "one_minus_roca_percent": None if area is None else round(100 * area, 4),
            "spam_missed_at_ham_0_1_percent": None if missed is None else round(100 * missed, 2),
            "judged_and_learnt_per_cpu_second": round(len(mails) / used),
            "seconds": round(passed, 1),
        }
        print(json.dumps(row), flush=True)
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
