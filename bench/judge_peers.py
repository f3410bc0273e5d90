"""How well and how fast mail is judged, beside filters that people run, on the same messages in the same run.

usage: python bench/judge_peers.py INDEX [--limit N] [--only NAME,NAME] [--spambayes-python PYTHON]

INDEX is an index of the TREC spam track. Each filter begins with nothing, judges each message, then is told its label; at the end
it judges all of them again, and learns nothing. Debian's
packages: bogofilter, spamassassin (its Bayes alone, through its library), crm114, rspamd with redis-server (its Bayes alone).
SpamBayes is asked through PYTHON, a Python 2.7 that can import it. What is not there is left out, and said so.

CPU seconds are those of the filter and of all its processes; bogofilter and crm114 start anew for each message, as their users do.
Messages of all filters but SpamAssassin's, rspamd's and SpamBayes' are handed over in this process; for those the time counted is
that of the process that does the work, without the handing over.
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
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from comity.outlets.models.processor import suit_numpy

suit_numpy(os.environ)  # as the program does; numpy is imported with what follows

from comity.services.judge.filtering import Filter  # noqa: E402
from comity.verdict.grams import LOT  # noqa: E402
from comity.verdict.measures import missed_at, one_minus_roca  # noqa: E402

BAYES = r"""
use strict; use warnings; use Mail::SpamAssassin;
my $sa = Mail::SpamAssassin->new({ local_tests_only => 1, dont_copy_prefs => 1,
  site_rules_filename => $ARGV[0], rules_filename => $ARGV[0] });
$sa->init(0); $| = 1; print "ready\n";
while (my $line = <STDIN>) {
  chomp $line; my ($what, $path) = split / /, $line, 2;
  open(my $in, '<', $path) or die $path; my @mail = <$in>; close $in;
  my $mail = $sa->parse(\@mail, 1);
  if ($what eq 'judge') {
    my $status = $sa->check($mail);
    my $score = $status->{bayes_score}; $score = 0.5 unless defined $score;
    $status->finish(); print "$score\n";
  } else {
    my $learnt = $sa->learn($mail, undef, $what eq 'spam' ? 1 : 0, 0);
    $learnt->finish() if $learnt; print "0\n";
  }
  $mail->finish();
}
"""
RULES = """loadplugin Mail::SpamAssassin::Plugin::Check
loadplugin Mail::SpamAssassin::Plugin::Bayes
"""
RULE = """body BAYES_ANY eval:check_bayes('0.00', '1.00')
score BAYES_ANY 1
"""
# Python 2.7
SPAMBAYES = """
import sys
from spambayes import mboxutils
from spambayes.classifier import Classifier
from spambayes.tokenizer import tokenize
bayes = Classifier()
print("ready")
sys.stdout.flush()
for line in iter(sys.stdin.readline, ""):
    what, _, path = line.rstrip("\\n").partition(" ")
    mail = mboxutils.get_message(open(path, "rb").read())
    if what == "judge":
        print(repr(bayes.spamprob(tokenize(mail))))
    else:
        bayes.learn(tokenize(mail), what == "spam")
        print(0)
    sys.stdout.flush()
"""
RSPAMD = """
options {{ filters = ""; pidfile = "{at}/pid"; hs_cache_dir = "{at}"; tempdir = "{at}"; task_timeout = 60s;
  control_socket = "{at}/control mode=0600"; dns {{ nameserver = ["127.0.0.1:1"]; timeout = 0.01s; retransmits = 1; }} }}
logging {{ type = "file"; filename = "{at}/log"; level = "error"; }}
worker "normal" {{ bind_socket = "127.0.0.1:{judge}"; count = 1; }}
worker "controller" {{ bind_socket = "127.0.0.1:{learn}"; count = 1; secure_ip = ["127.0.0.1"]; }}
lua = "{at}/rules.lua";
actions {{ reject = 100; }}
group "statistics" {{ symbols = {{ "BAYES_SPAM" {{ weight = 1; }} "BAYES_HAM" {{ weight = -1; }} }} }}
classifier "bayes" {{
  tokenizer {{ name = "osb"; }}
  backend = "redis"; servers = "127.0.0.1:{redis}"; new_schema = true; min_tokens = 1; min_learns = 1;
  statfile {{ symbol = "BAYES_HAM"; spam = false; }}
  statfile {{ symbol = "BAYES_SPAM"; spam = true; }}
}}
"""
RSPAMD_PORTS = {"judge": 21333, "learn": 21334, "redis": 21335}
START_SECONDS = 300
AT_ONCE = 1 << 17  # bytes
TURN = 2 * LOT  # messages of one filter before the next one has its turn


class LeftOutError(Exception):
    """This filter is not there; the text says what is missing."""


def needs(program: str) -> None:
    """Raise where a program is not installed."""
    if not shutil.which(program):
        raise LeftOutError(f"{program} is not installed")


class Comity:
    """Ours."""

    def __init__(self, folder: Path, python: str | None) -> None:
        self.filter = Filter.new()
        self.at_hand: dict[int, bytes] = {}  # by the identity of the path: to hash one is no work of a filter

    def look_ahead(self, paths: Sequence[Path]) -> None:
        """Open what comes next; ours reads a lot of messages at once, as ``comity evaluate`` does."""
        self.at_hand = {id(path): fetched(str(path)) for path in paths}
        self.filter.look_ahead(list(self.at_hand.values()))

    def judge(self, path: Path) -> float:
        """The score."""
        return self.filter.judge(self.at_hand[id(path)]).score

    def learn(self, path: Path, spam: bool) -> None:
        """Take the label in."""
        self.filter.learn(self.at_hand[id(path)], spam)

    def cpu(self) -> float:
        """CPU seconds so far."""
        return time.process_time()

    def close(self) -> None:
        """End what was started."""


class Anew(Comity):
    """A filter that is started anew for each message."""

    def look_ahead(self, paths: Sequence[Path]) -> None:
        """One at a time."""

    def cpu(self) -> float:
        """CPU seconds so far, of this process and of the children it waited for."""
        both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(each.ru_utime + each.ru_stime for each in both)


class Bogofilter(Anew):
    """Debian's bogofilter, with its own settings."""

    def __init__(self, folder: Path, python: str | None) -> None:
        needs("bogofilter")
        self.base = ["bogofilter", "-d", str(folder)]
        subprocess.run([*self.base, "-s"], input=b"Subject: start\n\nstart\n", check=True)

    def judge(self, path: Path) -> float:
        done = subprocess.run([*self.base, "-T"], input=path.read_bytes(), capture_output=True, check=False)
        told = done.stdout.split()
        return log_odds(float(told[1])) if len(told) > 1 else 0.0

    def learn(self, path: Path, spam: bool) -> None:
        subprocess.run([*self.base, "-s" if spam else "-n"], input=path.read_bytes(), check=True)


class Crm114(Anew):
    """CRM114's OSB Markov classifier with microgrooming, taught on errors and near them, as its authors do."""

    def __init__(self, folder: Path, python: str | None) -> None:
        needs("crm")
        self.folder, self.last = folder, (Path(), 0.0)
        kind = "<osb unique microgroom>"
        (folder / "c.crm").write_text(
            f"isolate (:s:) {{}}\n{{ classify {kind} (spam.css | ham.css) (:s:) }}\noutput /:*:s:/\n"
        )
        for name in ("spam", "ham"):
            (folder / f"{name}.crm").write_text(f"learn {kind} ({name}.css)\n")
            subprocess.run(["crm", f"{name}.crm"], input=b"start\n", cwd=folder, check=True)

    def judge(self, path: Path) -> float:
        done = subprocess.run(
            ["crm", "c.crm"], input=path.read_bytes(), cwd=self.folder, capture_output=True, check=False
        )
        match = re.search(rb"pR: +(-?[0-9.]+)", done.stdout)
        self.last = (path, float(match.group(1)) if match else 0.0)
        return self.last[1]

    def learn(self, path: Path, spam: bool) -> None:
        if (self.last[1] > 0) != spam or abs(self.last[1]) < 10:
            script = f"{'spam' if spam else 'ham'}.crm"
            subprocess.run(["crm", script], input=path.read_bytes(), cwd=self.folder, check=True)


class Conversation(Comity):
    """A filter in a process of its own that is asked a line and answers one."""

    def start(self, command: Sequence[str]) -> None:
        """Start it, and wait until it has loaded."""
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.process.stdout is None or self.process.stdout.readline() != b"ready\n":
            raise LeftOutError(f"{command[0]} does not start")

    def ask(self, what: str, path: Path) -> float:
        """One question."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("not started")
        self.process.stdin.write(f"{what} {path}\n".encode())
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def look_ahead(self, paths: Sequence[Path]) -> None:
        """One at a time."""

    def judge(self, path: Path) -> float:
        return log_odds(self.ask("judge", path))

    def learn(self, path: Path, spam: bool) -> None:
        self.ask("spam" if spam else "ham", path)

    def cpu(self) -> float:
        return used_by(self.process.pid)

    def close(self) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait(60)


class SpamAssassin(Conversation):
    """The Bayes of SpamAssassin, from the first message on."""

    def __init__(self, folder: Path, python: str | None) -> None:
        needs("sa-learn")
        rules, script = folder / "rules", folder / "bayes.pl"
        rules.mkdir()
        (rules / "bayes.pre").write_text(RULES)
        least = "bayes_min_ham_num 1\nbayes_min_spam_num 1\n"
        (rules / "bayes.cf").write_text(f"{RULE}bayes_path {folder}/bayes\nuse_bayes 1\nbayes_auto_learn 0\n{least}")
        script.write_text(BAYES)
        self.start(["perl", str(script), str(rules)])


class SpamBayes(Conversation):
    """SpamBayes, its table in memory."""

    def __init__(self, folder: Path, python: str | None) -> None:
        if python is None:
            raise LeftOutError("no --spambayes-python is named")
        self.start([python, "-c", SPAMBAYES])


class Rspamd(Comity):
    """The Bayes of rspamd over Redis, without any other check."""

    def __init__(self, folder: Path, python: str | None) -> None:
        needs("rspamd")
        needs("redis-server")
        (folder / "rules.lua").write_text("")
        (folder / "conf").write_text(RSPAMD.format(at=folder, **RSPAMD_PORTS))
        redis = ["--bind", "127.0.0.1", "--port", str(RSPAMD_PORTS["redis"]), "--save", "", "--dir", str(folder)]
        commands = (
            ["redis-server", *redis],
            ["rspamd", "-f", "-i", "-c", str(folder / "conf")],
        )
        self.started = [
            subprocess.Popen(each, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for each in commands
        ]
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if time.monotonic() > deadline or self.started[1].poll() is not None:
                self.close()
                raise LeftOutError("rspamd does not start")
            time.sleep(0.2)

    def answers(self) -> bool:
        """Whether both workers listen."""
        try:
            return all(self.said(name, "/ping")[0] == 200 for name in ("judge", "learn"))
        except OSError:
            return False

    def said(self, worker: str, target: str, *, path: Path | None = None) -> tuple[int, bytes]:
        """Ask one of the workers, about a mail or how it is."""
        connection = HTTPConnection("127.0.0.1", RSPAMD_PORTS[worker], timeout=120)
        try:
            connection.request("POST" if path else "GET", target, path.read_bytes() if path else None)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def judge(self, path: Path) -> float:
        symbols = json.loads(self.said("judge", "/checkv2", path=path)[1]).get("symbols", {})
        # The symbol's score follows a curve of the probability; above nought it is spam.
        return float(sum(symbols[name]["score"] for name in ("BAYES_SPAM", "BAYES_HAM") if name in symbols))

    def learn(self, path: Path, spam: bool) -> None:
        self.said("learn", "/learnspam" if spam else "/learnham", path=path)

    def cpu(self) -> float:
        pids = [each.pid for each in self.started]
        children = Path(f"/proc/{pids[1]}/task/{pids[1]}/children").read_text("ascii").split()
        return sum(used_by(int(pid)) for pid in (*pids, *children))

    def close(self) -> None:
        for each in reversed(self.started):
            each.terminate()
            each.wait(60)


PEERS: dict[str, type[Comity]] = {
    "comity": Comity,
    "spambayes": SpamBayes,
    "bogofilter": Bogofilter,
    "crm114": Crm114,
    "spamassassin-bayes": SpamAssassin,
    "rspamd-bayes": Rspamd,
}


def fetched(path: str) -> bytes:
    """A file in one go: what a file object and a buffer around it cost is no work of a filter."""
    opened = os.open(path, os.O_RDONLY)
    try:
        data = os.read(opened, AT_ONCE)
        while len(data) % AT_ONCE == 0 and (more := os.read(opened, AT_ONCE)):
            data += more
    finally:
        os.close(opened)
    return data


def used_by(pid: int) -> float:
    """CPU seconds of a process of one thread, as the scheduler of Linux counts them."""
    return int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[0]) / 1e9


def log_odds(share: float) -> float:
    """The log-odds of a probability, as far as a float can tell."""
    share = min(1 - 1e-15, max(1e-15, share))
    return math.log(share / (1 - share))


def lines(index: Path, limit: int | None) -> list[tuple[bool, Path]]:
    """The messages of an index that are there."""
    found = []
    for line in index.read_text("utf-8", "surrogateescape").splitlines():
        label, _, path = line.partition(" ")
        if (index.parent / path).is_file():
            found.append((label == "spam", (index.parent / path).resolve()))
    return found[:limit]


@dataclass
class Course:
    """One filter on its way through the messages."""

    peer: Comity
    scores: list[float] = field(default_factory=list)
    judging: float = 0.0  # CPU seconds
    learning: float = 0.0
    alone: float = 0.0
    wall: float = 0.0

    def judge_alone(self, mails: Sequence[tuple[bool, Path]]) -> None:
        """Judge once more, with all that was learnt and nothing learnt between: as filters do whose learning is done elsewhere."""
        peer = self.peer
        began = peer.cpu()
        for number, (_, path) in enumerate(mails):
            if number % LOT == 0:
                peer.look_ahead([each for _, each in mails[number : number + LOT]])
            peer.judge(path)
        self.alone += peer.cpu() - began

    def go_on(self, mails: Sequence[tuple[bool, Path]]) -> None:
        """Judge and teach, one message after the other."""
        peer, began = self.peer, time.monotonic()
        at = peer.cpu()
        for number, (spam, path) in enumerate(mails):
            if number % LOT == 0:
                peer.look_ahead([each for _, each in mails[number : number + LOT]])
            self.scores.append(peer.judge(path))
            judged = peer.cpu()
            peer.learn(path, spam)
            learnt = peer.cpu()
            self.judging, self.learning, at = self.judging + judged - at, self.learning + learnt - judged, learnt
        self.wall += time.monotonic() - began

    def figures(self, labels: Sequence[bool]) -> dict[str, object]:
        """What came of it."""
        spam = [score for label, score in zip(labels, self.scores, strict=True) if label]
        legitimate = [score for label, score in zip(labels, self.scores, strict=True) if not label]
        area, missed = one_minus_roca(spam, legitimate), missed_at(0.001, spam, legitimate)
        return {
            "n": len(labels),
            "one_minus_roca_percent": None if area is None else round(100 * area, 4),
            "spam_missed_at_ham_0_1_percent": None if missed is None else round(100 * missed, 2),
            "judged_per_cpu_second": round(len(labels) / self.judging),
            "judged_alone_per_cpu_second": round(len(labels) / self.alone),
            "judged_and_learnt_per_cpu_second": round(len(labels) / (self.judging + self.learning)),
            "seconds": round(self.wall, 1),
        }


def main() -> int:
    """Measure what is there."""
    parser = argparse.ArgumentParser()
    parser.add_argument("index", type=Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--only", default=",".join(PEERS))
    parser.add_argument("--spambayes-python")
    chosen = parser.parse_args()
    mails = lines(chosen.index, chosen.limit)
    with ExitStack() as stack:
        courses: dict[str, Course] = {}
        for name in chosen.only.split(","):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            folder.chmod(0o755)
            try:
                courses[name] = Course(PEERS[name](folder, chosen.spambayes_python))
            except LeftOutError as missing:
                print(json.dumps({"filter": name, "left_out": str(missing)}), flush=True)
                continue
            stack.callback(courses[name].peer.close)
        # In turns, so that whatever else the machine has to do slows all of them alike.
        for begin in range(0, len(mails), TURN):
            for course in courses.values():
                course.go_on(mails[begin : begin + TURN])
        for begin in range(0, len(mails), TURN):
            for course in courses.values():
                course.judge_alone(mails[begin : begin + TURN])
        for name, course in courses.items():
            print(json.dumps({"filter": name} | course.figures([spam for spam, _ in mails])), flush=True)
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
