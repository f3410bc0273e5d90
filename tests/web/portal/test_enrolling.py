"""Enrolment in a browser: the form, the proofs, the way back, and all that a stranger may try with it."""

import re
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from comity.formats.registry.ranges import range_of
from comity.model.consumer import ConsumerAct, ConsumerState
from comity.model.network_contact import ContactLine, ContactWay
from comity.services.complain.enrolment.keeping import keep
from comity.services.complain.portal.applying import OF_A_HOUSEHOLD
from comity.store.tables.sending import outbox

from .conftest import PortalScene, a_portal


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_a_network_enrols_by_itself(scene: PortalScene, language: str) -> None:
    """Form, records, check, code: then a person decides, and nobody else has said a word."""
    scene.allow()
    path = scene.apply(language=language, networks="198.51.100.0/24")
    assert path.startswith(f"/{language}/enrol/")
    page = scene.client.get(path).text
    assert "_comity-feedback.east.example" in page
    assert "_comity-feedback.100.51.198.in-addr.arpa" in page
    assert [to for to, _ in scene.mails()] == ["fbl@east.example"]
    scene.put_records(path)
    scene.post(path, act="check")
    assert scene.state() is ConsumerState.APPLIED  # the mailbox is still to come
    page = scene.post(path, act="code", code="P-AAAAAAAAAAAAAAAA")
    assert page.status_code == 422
    assert 'aria-describedby="refused' in page.text
    assert 'value="P-AAAAAAAAAAAAAAAA"' in page.text
    right = scene.post(path, act="code", code=f" {scene.code('fbl@east.example').lower()} ")
    assert right.headers["location"] == f"{path}?said=code-right"
    assert scene.state() is ConsumerState.PROVED
    scene.act(ConsumerAct.ACCEPT)
    page = scene.client.get(path).text
    assert page.count("✓ ") == 3
    assert 'value="check"' not in page  # nothing is left to look for, nor is there a code to type
    assert 'name="code"' not in page


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Our mail with the code was refused"), ("zh_Hans", "我们含验证码的邮件被拒收")]
)
def test_a_mailbox_that_refused_our_mail_is_said_to_have(scene: PortalScene, language: str, words: str) -> None:
    """Nobody waits for a code that never arrived: the page says so, with the code of the host and nothing else that it said."""
    scene.allow()
    path = scene.apply(language=language)
    assert words not in scene.client.get(path).text
    with scene.store.write() as rows:
        refused = rows.connection.execute(select(outbox.c.id)).scalar_one()
        said = "550 5.1.1 <x@secret.example> unknown"
        rows.sending.fail(refused, reason="refused", error=said, at=scene.clock[0])
    page = scene.client.get(path).text
    assert words in page
    assert "5.1.1" in page
    assert "secret.example" not in page


def test_a_check_says_what_it_found(scene: PortalScene) -> None:
    """No record, another one, no answer, the right one: four sentences, and the third is nobody's fault."""
    path = scene.apply()
    assert "there is no such record yet" in scene.post(path, act="check").text
    scene.later(minutes=1)
    name = "_comity-feedback.east.example"
    scene.zone[name] = "v=spf1 -all"
    assert "it says something else" in scene.post(path, act="check").text
    scene.later(minutes=1)
    scene.zone[name] = "?"
    assert "no name server answered" in scene.post(path, act="check").text
    scene.put_records(path)
    scene.later(minutes=1)
    assert "✓ " in scene.post(path, act="check").text


def test_nobody_makes_us_ask_the_dns_often(scene: PortalScene) -> None:
    """Within twenty seconds a second check asks nothing; one asks for ten names at most."""
    path = scene.apply(domains="\n".join(f"e{n}.example" for n in range(19)))
    scene.post(path, act="check")
    assert len(scene.asked) == 10
    assert "The next check is possible in" in scene.post(path, act="check").text
    assert len(scene.asked) == 10
    scene.later(seconds=21)
    scene.post(path, act="check")
    assert len(set(scene.asked)) == 19
    assert all(each.startswith("_comity-feedback.e") for each in scene.asked)  # no name that a stranger chose freely


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"mailbox": "nobody"}, "mailbox"),
        ({"mailbox": "a@gmail.com"}, "mailbox-freemail"),
        ({"mailbox": "x@west.example"}, "mailbox-own"),
        ({"domains": "co.uk"}, "public-suffix"),
        ({"domains": "a..b"}, "domain"),
        ({"domains": "127.0.0.1"}, "domain"),
        ({"domains": "metadata.google.internal/x"}, "domain"),
        ({"domains": "mail.west.example"}, "own-domain"),
        ({"domains": "", "networks": "10.0.0.0/8"}, "network-private"),
        ({"domains": "", "networks": "127.0.0.1/32"}, "network-private"),
        ({"domains": "", "networks": "8.0.0.0/6"}, "network-wide"),
        ({"domains": ""}, "nothing-claimed"),
        ({"domains": "\n".join(f"e{n}.example" for n in range(50))}, "too-many"),
        ({"agreed": ""}, "portal-not-agreed"),
    ],
)
def test_what_may_not_be_claimed_is_refused_by_name(scene: PortalScene, said: dict[str, str], code: str) -> None:
    """The name of the reason stands on the page in both languages, with what was typed; nothing is written down."""
    whole = {"mailbox": "fbl@east.example", "domains": "east.example", "agreed": "yes"} | said
    for language in ("en", "zh_Hans"):
        answer = scene.post(f"/{language}/enrol", **whole)
        assert answer.status_code == 422
        assert f'<span class="code">{code}</span>' in answer.text
        assert "[" not in re.sub(r"<[^>]*>", "", answer.text.partition("<main")[2])
    with scene.store.read() as rows:
        assert rows.consumers.all() == []
    assert scene.asked == []


def test_nothing_tells_who_else_is_here(scene: PortalScene) -> None:
    """Claims of somebody who is enrolled, and of nobody, are answered alike, but for chance; so is the check."""
    scene.enrol("east.example")
    scene.zone.clear()  # what stands in the DNS is everybody's to see
    pages = []
    for at in ("east.example", "nobody.example"):
        path = scene.apply(at)
        for text in (scene.client.get(path).text, scene.post(path, act="check").text):
            plain = re.sub(
                r"comity-[a-z2-7]{24}", "TOKEN", text.replace(path.rpartition("/")[2], "SECRET").replace(at, "AT")
            )
            pages.append(plain)
        scene.later(minutes=1)
    minutes = re.compile(r"<time.*?</time>")
    pages = [minutes.sub("", each) for each in pages]
    assert pages[0] == pages[2]
    assert re.sub(r"\d+ seconds", "", pages[1]) == re.sub(r"\d+ seconds", "", pages[3])


def test_the_first_to_prove_has_it(scene: PortalScene) -> None:
    """A second one who proves the same is told so, by then rightly, and does not get it; a person settles it."""
    scene.enrol("east.example")
    path = scene.apply("east.example", mailbox="fbl@mail.example")
    scene.put_records(path)
    answer = scene.post(path, act="check").text
    assert "somebody else has proved this before" in answer
    assert scene.name("east.example") not in answer
    with scene.store.read() as rows:
        second = next(each for each in rows.consumers.all() if each.address == "fbl@mail.example")
        claims = rows.consumers.claims(second.name)
        assert not any(each.holds(scene.clock[0]) for each in claims)
        assert [each.act for each in rows.consumers.history(second.name)].count("proof-taken") == 1
    scene.later(minutes=1)
    scene.post(path, act="check")  # noted once, however often it is looked at
    with scene.store.read() as rows:
        assert [each.act for each in rows.consumers.history(second.name)].count("proof-taken") == 1


def test_a_code_is_good_on_its_own_page_alone(scene: PortalScene) -> None:
    """Whoever has a code of somebody else's mail proves nothing with it."""
    scene.allow()
    scene.apply("east.example")
    other = scene.apply("south.example")
    scene.post(other, act="code", code=scene.code("fbl@east.example"))
    with scene.store.read() as rows:
        claims = [one for each in rows.consumers.all() for one in rows.consumers.claims(each.name)]
    assert not any(each.holds(scene.clock[0]) for each in claims)


def test_nobody_is_mailed_before_our_operator_allows_it(scene: PortalScene) -> None:
    """P9: an application alone writes to nobody."""
    path = scene.apply()
    scene.post(path, act="mail", subject="east.example")
    assert scene.mails() == []


def test_a_network_that_no_record_proves_says_who_can(scene: PortalScene) -> None:
    """Its registered contact, once mail to applicants may leave; until then the page says so, and another way."""
    where = range_of("198.51.100.64/26")
    assert where is not None
    line = ContactLine(range=where, address="abuse@carrier.example", way=ContactWay.ABUSE_C)
    with scene.store.write() as rows:
        begun = rows.network_contacts.begin_import("RIPE", day=scene.clock[0].date(), at=scene.clock[0])
        rows.network_contacts.put_lines(begun, [line], at=scene.clock[0])
        rows.network_contacts.finish_import(begun, ranges=1)
    path = scene.apply(networks="198.51.100.64/26")
    assert "as soon as our people let such mail out" in scene.client.get(path).text
    scene.allow()
    text = scene.client.get(path).text
    assert "as soon as our people" not in text
    assert 'name="subject" value="198.51.100.64/26"' in text


def test_a_mailbox_is_not_flooded(scene: PortalScene) -> None:
    """Whoever applies for a mailbox again and again makes us write to it three times a day; the clock writes no more either."""
    scene.allow()
    for _ in range(OF_A_HOUSEHOLD):
        scene.apply("victim.example")
    with scene.store.write() as rows:
        keep(rows, scene.desk(rows, actor="comity"), scene.asking, records={}, now=scene.clock[0])
    assert [to for to, _ in scene.mails()] == ["fbl@victim.example"] * 3


def test_strangers_of_an_application_are_not_written_to_by_the_clock(scene: PortalScene) -> None:
    """Nineteen domains of others in one form: none of their mailboxes hears of it until somebody asks for it, one by one."""
    scene.allow()
    path = scene.apply(domains="\n".join(f"v{n}.example" for n in range(19)))
    with scene.store.write() as rows:
        keep(rows, scene.desk(rows, actor="comity"), scene.asking, records={}, now=scene.clock[0])
    assert [to for to, _ in scene.mails()] == ["fbl@east.example"]
    assert scene.post(path, act="mail", subject="v1.example").headers["location"].endswith("said=mailed")
    assert scene.post(path, act="mail", subject="v1.example").headers["location"].endswith("said=not-mailed")
    assert scene.post(path, act="mail", subject="other.example").headers["location"].endswith("said=not-mailed")
    assert [to for to, _ in scene.mails()][1:] == ["abuse@v1.example", "postmaster@v1.example"]
    for n in range(2, 19):
        scene.post(path, act="mail", subject=f"v{n}.example")
    assert len(scene.mails()) == 1 + 2 * 3  # domains a day, whoever clicks


def test_applications_are_bounded(tmp_path: Path) -> None:
    """Five a household and day; and as many from everybody as the settings say."""
    with a_portal(tmp_path, is_behind_proxy=True) as scene:

        def applies(address: str) -> int:
            said = {"mailbox": "fbl@east.example", "domains": "east.example", "agreed": "yes"}
            return scene.client.post("/en/enrol", data=said, headers={"x-forwarded-for": address}).status_code

        assert [applies("192.0.2.1") for _ in range(6)] == [303] * 5 + [429]
        assert applies("192.0.2.2") == 303
        codes = [applies(f"192.0.2.{n}") for n in range(3, 60)]
        assert codes.count(303) == 44
        assert set(codes[44:]) == {429}


def test_secrets_are_not_guessed(tmp_path: Path) -> None:
    """A page that there is not slows down whoever asks for it, and never says more; the right one still opens."""
    with a_portal(tmp_path, per_minute=60) as scene:
        path = scene.apply()
        answers = [scene.client.get(f"/en/enrol/{n:032d}") for n in range(40)]
        assert {each.status_code for each in answers} == {404, 429}
        assert answers[-1].status_code == 429
        assert scene.client.get(path).status_code == 200
        assert "east.example" not in "".join(each.text for each in answers)


def test_a_form_of_another_site_is_not_taken(scene: PortalScene) -> None:
    """By what the browser says of where it stands; and neither is one that is too long, or no form."""
    path = scene.apply()
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        assert scene.client.post(path, data={"act": "leave"}, headers=headers).status_code == 403
    assert scene.post("/en/enrol", mailbox="x" * 70_000).status_code == 413
    assert scene.client.post("/en/enrol", json={"mailbox": "x"}).status_code == 415
    assert scene.client.post("/en/enrol", content=b"&".join([b"a=1"] * 500),
                             headers={"content-type": "application/x-www-form-urlencoded"}).status_code == 400  # fmt: skip
    assert scene.state() is ConsumerState.APPLIED


def test_whoever_withdraws_is_out(scene: PortalScene) -> None:
    """In one step; the page stays and says so."""
    path = scene.apply()
    scene.post(path, act="leave")
    assert scene.state() is ConsumerState.LEFT
    assert "Nothing leaves any more" in scene.client.get(path).text


def test_the_page_is_over_in_time(scene: PortalScene) -> None:
    """The secret of an application opens nothing for ever."""
    path = scene.apply()
    scene.later(days=91)
    assert scene.client.get(path).status_code == 404


def test_a_host_that_a_request_names_stands_nowhere(scene: PortalScene) -> None:
    """No page and no redirect is made of it."""
    path = scene.apply()
    for where in ("/", "/en", "/en/network", "/en/enrol", path, "//evil.example", "/en//evil.example/x"):
        answer = scene.client.get(where, headers={"host": "evil.example", "x-forwarded-host": "evil.example"})
        assert "http://evil" not in answer.text
        assert not answer.headers.get("location", "/").startswith(("http", "//"))
    answer = httpx.get(f"http://127.0.0.1:{scene.port}/en/enrol/", trust_env=False, timeout=120)
    assert answer.status_code == 404
