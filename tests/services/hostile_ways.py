"""The process that leads mail made to hurt on every way there is: ``hostile_ways.py WAY NAME ...`` prints a JSON line for each.

Reading feedback is led by ``tests/formats/hostile_inputs.py``; here are a complaint about the mail, its verdict, the checks of who
sent it, and the page that shows it to a person.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "formats"))
from hostile_inputs import INPUTS, _forget_peak, _peak

_MEMORY_WALL = 2 << 30
_CPU_WALL = 120
_ANN = b"ann.meyer@west.example"
_TRACE = (
    b"Received: from h (h.example [198.51.100.7]) by mx.west.example (Postfix) id 1\n"
    b"\tfor <ann.meyer@west.example>; Sun, 01 Mar 2026 08:05:09 +0000\n"
)


def complaint() -> Callable[[bytes], str]:
    """An end user complains about it: who is told, and what they may see."""
    from comity.attribution.origin import Vantage
    from comity.feedback.parties import Parties
    from comity.feedback.redaction import find_leaks
    from comity.locale import catalogue
    from comity.model.agreement import Agreement, BodyPolicy, FeedbackProvider
    from comity.model.tier import Tier
    from comity.services.complain.straight_line import Mail, StraightLine, Terms

    east = Agreement(
        peer="east",
        address="fbl@east.example",
        networks=(ip_network("198.51.100.0/24"),),
        tier=Tier.T2,
        body=BodyPolicy.ALWAYS,
    )
    west = FeedbackProvider(
        domain="west.example", address="feedback@west.example", organisation="West", reporting_mta="mx.west.example"
    )
    terms = Terms(provider=west, parties=Parties([east]), vantage=Vantage(), key=b"k" * 32)
    line = StraightLine(terms, words={"en": catalogue("en"), "zh": catalogue("zh")})

    def lead(data: bytes) -> str:
        mail = Mail(path="hostile", data=_TRACE + data)
        found = line.complain(mail, datetime(2026, 3, 2, tzinfo=UTC))
        for each in found.reports:
            assert len(each.data) < 2_000_000
            assert find_leaks(each.data, [_ANN.decode()]) == ()
        assert found.reports or found.refusals
        return "report" if found.reports else "refusal"

    return lead


def verdict() -> Callable[[bytes], str]:
    """It is judged with reasons, and learnt as what it is said to be."""
    import comity
    from comity.services.judge.filtering import Filter
    from comity.verdict.model_file import unpack

    model = (Path(comity.__file__).parent / "starter" / "bilingual.model").read_bytes()
    judge = Filter.of(unpack(model))

    def lead(data: bytes) -> str:
        said = judge.judge(data, reasons=True)
        judge.learn(data, True)
        judge.learn(data, False)
        assert said.probability is None or 0 <= said.probability <= 1
        return said.verdict.value

    return lead


def authentication() -> Callable[[bytes], str]:
    """Who sent it is checked, and the sender owns all that the DNS answers."""
    from comity.attribution.authentication import authenticate, facts_of
    from comity.formats import spf
    from comity.formats.dns_answers import DnsAnswer, driven
    from comity.formats.mime import scan

    def lead(data: bytes) -> str:
        sent = spf.Sent(client_ip="192.0.2.7", envelope_from="a@east.example", helo="h.east.example")
        owned = DnsAnswer(records=("v=spf1 include:east.example ?all", "v=DMARC1; p=reject", "v=DKIM1; p=AAAA"))
        found = driven(authenticate(scan(data), sent), lambda _: owned)
        facts_of(found.results)
        assert all(each.result != "pass" for each in found.results if each.method != "spf")
        return found.dmarc.result.value

    return lead


def page() -> Callable[[bytes], str]:
    """A person looks at it: all its parts, and its HTML as it was laid out."""
    from comity.services.public.evidence import dissect, rendering

    def lead(data: bytes) -> str:
        found = dissect(data)
        shown = sum(len(each.text or "") for each in found.pieces)
        for number in range(min(len(found.pieces), 3)):
            markup = rendering(data, number).markup or ""
            assert "<script" not in markup.lower()
        assert shown < 4_000_000
        return f"{len(found.pieces)}"

    return lead


WAYS: dict[str, Callable[[], Callable[[bytes], str]]] = {
    "complaint": complaint,
    "verdict": verdict,
    "authentication": authentication,
    "page": page,
}

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_WALL, _MEMORY_WALL))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_WALL, _CPU_WALL))
    lead = WAYS[sys.argv[1]]()
    for name in sys.argv[2:] or INPUTS:
        print(json.dumps({"begun": name}), flush=True)
        data = INPUTS[name]()
        _forget_peak()
        began = time.process_time()
        answer = lead(data)
        seconds = round(time.process_time() - began, 2)
        print(json.dumps({"name": name, "answer": answer, "seconds": seconds, "peak": _peak()}), flush=True)
