"""File a complaint, follow a case, hear a webhook: what a webmail or a ticket system does with Comity.

    export COMITY_TOKEN_FILE=api.token
    python abuse_button.py file complaint.eml --mailbox ann@west.example
    python abuse_button.py follow 3f2a9c41d07be865
    python abuse_button.py listen 8490 --secret webhook.secret

Nothing but Python 3.11 and `comity_client.py` beside it is needed. How tokens are made: docs/how-to/api.md.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TypeVar

from comity_client import Comity, ProblemError, Submission, WholeCase, is_genuine

Answer = TypeVar("Answer")
LARGEST_WEBHOOK = 1 << 20
ADDRESS = os.environ.get("COMITY_ADDRESS", "http://127.0.0.1:8471")


def main(arguments: list[str]) -> int:
    """The command line; the status is 0 when it is done, 75 when it may succeed later, else 65 or 66."""
    parser = argparse.ArgumentParser(description="file a complaint, follow a case, hear a webhook")
    commands = parser.add_subparsers(dest="command", required=True)
    filing = commands.add_parser("file", help="hand over one mail that somebody calls spam")
    filing.add_argument("mail", type=Path)
    filing.add_argument("--mailbox", required=True, help="whose mailbox it was in")
    filing.add_argument("--seconds", type=float, default=60.0, help="how long to wait for what became of it")
    following = commands.add_parser("follow", help="print what is done about a case, until it is closed")
    following.add_argument("case")
    following.add_argument("--seconds", type=float, default=600.0, help="how long to watch")
    listening = commands.add_parser("listen", help="print each webhook that is genuine, once")
    listening.add_argument("port", type=int)
    listening.add_argument("--secret", type=Path, required=True, help="the file that secret_file of the webhook names")
    asked = parser.parse_args(arguments)
    try:
        match asked.command:
            case "file":
                return file(api(), asked.mail.read_bytes(), asked.mailbox, seconds=asked.seconds)
            case "follow":
                return follow(api(), asked.case, seconds=asked.seconds)
            case _:
                return listen(asked.port, bytes.fromhex(asked.secret.read_text(encoding="ascii")))
    except ProblemError as problem:
        print(f"{problem.title or problem}: {problem.detail}", file=sys.stderr)
        return 75 if problem.again else 65
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 66


def api() -> Comity:
    """The server, with the token of this program."""
    token = Path(os.environ.get("COMITY_TOKEN_FILE", "api.token")).read_text(encoding="ascii").strip()
    return Comity(ADDRESS, token)


def file(comity: Comity, mail: bytes, mailbox: str, *, seconds: float) -> int:
    """Hand it over, and say what became of it. Pressing the button twice is one complaint: the key is made of the mail."""
    key = sha256(mailbox.encode("utf-8") + b"\0" + mail).hexdigest()
    until = time.monotonic() + seconds
    sent = patiently(lambda: comity.hand_over_complaint(mail, comity_mailbox=mailbox, idempotency_key=key), until)
    print(f"taken as {sent['submission']}", flush=True)
    wait = 0.2
    while sent["state"] == "waiting":
        if time.monotonic() > until:
            print("not worked off yet; ask again later")
            return 75
        time.sleep(wait)
        wait = min(wait * 1.5, 5.0)
        sent = patiently(partial(comity.show_submission, sent["submission"]), until)
    for line in became(sent):
        print(line)
    return 0


def became(sent: Submission) -> list[str]:
    """What became of it, a line for each complaint."""
    return [f"{sent.get('fate')}: {sent.get('reason') or 'done'}"] + [
        f"complaint {each['complaint']}: {each['state']}, "
        + (", ".join(f"{one['party']} {one['state']}" for one in each["reports"]) or f"decided after {each['due']}")
        for each in sent.get("complaints", [])
    ]


def follow(comity: Comity, name: str, *, seconds: float) -> int:
    """Print each thing that is done about a case when it is done, until it is closed."""
    until, seen = time.monotonic() + seconds, 0
    while True:
        case: WholeCase = patiently(lambda: comity.show_case(name), until)
        for event in case["events"][seen:]:
            note = f": {event['note']}" if event["note"] else ""
            print(f"{event['at']} {event['act']} by {event['actor']}{note}", flush=True)
        seen = len(case["events"])
        if case["state"] == "closed":
            return 0
        if time.monotonic() > until:
            print(f"still {case['state']}")
            return 75
        time.sleep(min(1.0, seconds / 10))


def patiently(ask: Callable[[], Answer], until: float) -> Answer:
    """Ask again while the server says that it may succeed later; every request here is done once, however often it is sent."""
    while True:
        try:
            return ask()
        except ProblemError as problem:
            if not problem.again or time.monotonic() > until:
                raise
            time.sleep(min(problem.retry_after or 0.5, max(until - time.monotonic(), 0.0)))


def listen(port: int, secret: bytes) -> int:
    """Take webhooks on this machine. What is not genuine is refused; what was heard before is taken, and not said twice."""
    heard: set[str] = set()

    class Hook(BaseHTTPRequestHandler):
        """One request."""

        timeout = 10

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > LARGEST_WEBHOOK:
                self.send_error(413)
                return
            body = self.rfile.read(int(length))
            fields = {name.lower(): value for name, value in self.headers.items()}
            if not is_genuine(fields, body, secret):
                self.send_error(401)
                return
            if fields["webhook-id"] not in heard:
                heard.add(fields["webhook-id"])
                print(body.decode("utf-8", "backslashreplace"), flush=True)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Addresses do not go into a log."""

    with HTTPServer(("127.0.0.1", port), Hook) as server:
        print(f"listening at http://127.0.0.1:{server.server_port}/", flush=True)
        server.serve_forever()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
