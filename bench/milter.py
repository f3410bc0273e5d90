"""What judging costs at delivery: mails at a fixed rate through the milter of a running Comity, as a mail host asks it.

    python bench/milter.py [--mails 1000] [--rate 50] [--spam]

Says the CPU time of the gates' process a mail, and how long the answer took behind the last byte: median, 99 of 100. With --spam
every mail is like the spam that was learnt, so that reasons are named. It speaks the protocol itself: nothing of a mail host is in
the figures; the DNS is not asked.
"""

import argparse
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from comity.outlets.model_file import write_model
from comity.services.judge.filtering import Filter

TEXT = "Dear Ann, the minutes of meeting {n} are attached. 会议记录见附件，请查收。\r\n" * 40
SPAM = "Claim your prize {n} today. 代开各类发票，请联系微信，优惠多多。\r\n" * 40
CONFIG = '[identity]\ndomain = "west.example"\n[gates]\nmilter = ["127.0.0.1:0"]\n[delivery]\njudge = true\n'


def packet(kind: bytes, data: bytes = b"") -> bytes:
    """One packet of the protocol."""
    return struct.pack(">I", len(data) + 1) + kind + data


class Host:
    """The mail host's side."""

    def __init__(self, port: int, *, spam: bool) -> None:
        self._subject, self._text = ("prize", SPAM) if spam else ("minutes", TEXT)
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")
        self._socket.sendall(packet(b"O", struct.pack(">III", 6, 0x1FF, 0x1FFFFF)))
        self._answer()

    def _answer(self) -> bytes:
        size = struct.unpack(">I", self._file.read(4))[0]
        return self._file.read(size)

    def mail(self, number: int) -> float:
        """Hand over one mail; how long the verdict took, in seconds."""
        said = [packet(b"C", b"h.example\x004" + struct.pack(">H", 25) + b"192.0.2.7\0"), packet(b"H", b"h.example\0")]
        said += [packet(b"M", b"<b@east.example>\0"), packet(b"R", b"<ann@west.example>\0")]
        fields = {
            "From": "<b@east.example>",
            "Subject": f"{self._subject} {number}",
            "Message-ID": f"<{number}@east.example>",
        }
        said += [packet(b"L", f"{name}\0 {value}\0".encode()) for name, value in fields.items()]
        said += [packet(b"B", self._text.format(n=number).encode()), packet(b"E")]
        began = time.perf_counter()
        self._socket.sendall(b"".join(said))
        while self._answer()[:1] not in (b"c", b"a"):
            pass
        return time.perf_counter() - began


def cpu_seconds(pid: int) -> float:
    """What a process has used so far."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure, and say it as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--spam", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "comity.toml").write_text(CONFIG)
        taught = Filter.new()
        for number in range(60):
            taught.learn(f"Subject: prize {number}\n\n{SPAM.format(n=number)}".encode(), True)
            taught.learn(f"Subject: minutes {number}\n\n{TEXT.format(n=number)}".encode(), False)
        write_model(folder / "judge.model", taught.model())
        command = [
            sys.executable,
            "-m",
            "comity",
            "serve",
            "--json",
            "--role",
            "gates",
            "--config",
            f"{folder}/comity.toml",
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            assert process.stdout is not None
            places = json.loads(process.stdout.readline())["listening"]
            host = Host(int(places[0].rpartition(":")[2]), spam=options.spam)
            for number in range(50):
                host.mail(number)
            before, begin, took = cpu_seconds(process.pid), time.perf_counter(), []
            for number in range(options.mails):
                time.sleep(max(0.0, begin + number / options.rate - time.perf_counter()))
                took.append(host.mail(number))
            used = cpu_seconds(process.pid) - before
            process.terminate()
    took.sort()
    figures = {
        "mails": options.mails,
        "cpu_ms_a_mail": round(1000 * used / options.mails, 3),
        "median_ms": round(1000 * took[len(took) // 2], 2),
        "p99_ms": round(1000 * took[int(len(took) * 0.99)], 2),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
