"""What an operator meets who writes ``comity.toml``."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.bootstrap import settings_for
from comity.cli import main
from comity.locale import catalogue
from comity.model.outcomes import ComityError, Outcome
from comity.settings import Settings, parse, read_settings

WHOLE = """\
[identity]
domain = "West.Example."
address = "feedback@west.example"
organisation = "West Mail"
language = "zh"

[own]
domains = ["west.example", "例子.example"]
networks = ["192.0.2.0/24", "2001:db8::/32"]
files = ["prefixes.csv", "/etc/comity/domains.txt"]

[reading]
trusted_hosts = ["mx.west.example"]
forwarders = ["forward.north.example", "198.51.100.7"]

[complain]
agreements = "agreements.toml"
max_age_days = 30
traps = ["old@west.example", "@trap.west.example"]
"""


def _wrong(text: str) -> ComityError:
    with pytest.raises(ComityError) as caught:
        parse(text, Path("/etc/comity/comity.toml"))
    assert caught.value.outcome is Outcome.CONFIGURATION
    return caught.value


def test_a_whole_file() -> None:
    """Every value arrives in our own type: names in lower case, networks as networks, paths beside the file."""
    settings = parse(WHOLE, Path("/etc/comity/comity.toml"))
    assert settings.identity.domain == "west.example"
    assert settings.identity.language == "zh"
    assert settings.identity.reporting_mta is None
    assert settings.own.domains == ("west.example", "xn--fsqu00a.example")
    assert settings.own.networks == (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))
    assert settings.own.files == (Path("/etc/comity/prefixes.csv"), Path("/etc/comity/domains.txt"))
    assert settings.reading.forwarders == ("forward.north.example", "198.51.100.7/32")
    assert settings.complain.agreements == Path("/etc/comity/agreements.toml")
    assert settings.complain.traps == ("old@west.example", "@trap.west.example")
    assert settings.complain.max_age_days == 30


def test_an_empty_file_means_the_defaults() -> None:
    """No setting is mandatory."""
    assert parse("", Path("comity.toml")) == Settings(file=Path("comity.toml"))


def test_a_misspelt_setting_names_line_and_nearest() -> None:
    """An unknown name is an error on its line, and says the right one."""
    error = _wrong('# ours\n[identity]\ndomain = "west.example"\naddres = "feedback@west.example"\n')
    assert error.code == "setting-unknown-near"
    assert error.place == "/etc/comity/comity.toml:4"
    assert "identity.address" in error.message


def test_a_misspelt_room_names_line_and_nearest() -> None:
    """So is an unknown table."""
    error = _wrong("\n\n[readng]\n")
    assert (error.place, error.details) == ("/etc/comity/comity.toml:3", {"name": "readng", "near": "reading"})


def test_a_right_name_in_the_wrong_room_is_told_where_it_belongs() -> None:
    """Somebody who knows the name but not the table is sent to the table."""
    assert "reading.trusted_hosts" in _wrong('[own]\ntrusted_hosts = ["mx.west.example"]\n').message
    assert "identity.language" in _wrong('language = "zh"\n').message


def test_a_name_like_no_other_lists_what_there_is() -> None:
    """Where nothing is near, the names of the room are listed."""
    error = _wrong("[own]\nqqqqqq = 1\n")
    assert error.code == "setting-unknown"
    assert error.details["known"] == "domains, networks, files"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ('[own]\nnetworks = "192.0.2.0/24"', "a list, each entry a network"),
        ('[own]\nnetworks = ["192.0.2.7/24"]', "It takes a network"),
        ("[own]\nnetworks = [1]", "It takes a network"),
        ('[own]\ndomains = ["-west.example"]', "a domain or host name"),
        ('[own]\ndomains = ["west..example"]', "a domain or host name"),
        ('[own]\ndomains = [""]', "a domain or host name"),
        ("[identity]\ndomain = true", "a domain or host name"),
        ('[identity]\naddress = "west.example"', "a mail address"),
        ('[identity]\naddress = "a b@west.example"', "a mail address"),
        ('[identity]\naddress = "@west.example"', "a mail address"),
        ('[identity]\norganisation = "West\\nMail"', "text on one line"),
        ('[identity]\nlanguage = "fr"', 'one of "en", "zh"'),
        ("[identity]\nlanguage = []", 'one of "en", "zh"'),
        ("[complain]\nmax_age_days = 0", "from 1 to 3650"),
        ("[complain]\nmax_age_days = true", "from 1 to 3650"),
        ("[complain]\nmax_age_days = 2.5", "from 1 to 3650"),
        ('[complain]\nout = ""', "a path"),
        ("[complain]\nout = { a = 1 }", "a path"),
        ('[complain]\ntraps = ["trap.west.example"]', "@domain"),
        ("\nown = 3", "a table of settings"),
    ],
)
def test_a_value_that_does_not_fit_names_line_and_what_fits(line: str, wanted: str) -> None:
    """Wrong type, out of bounds, not a name: the line and what the setting takes, in the reader's language."""
    error = _wrong(line + "\n")
    assert error.place == "/etc/comity/comity.toml:2"
    assert wanted in catalogue("en").say("remedy.setting-unfit", **error.details)
    assert "应填写" in catalogue("zh").say("remedy.setting-unfit", **error.details)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[own]\ndomains = west.example\n", 2),
        ("[own]\ndomains = [\n", 2),
    ],
)
def test_what_is_not_toml_names_the_line(text: str, line: int) -> None:
    """A missing quote or bracket is found where it is."""
    error = _wrong(text)
    assert error.code == "settings-not-toml"
    assert error.place in (f"/etc/comity/comity.toml:{line}", f"/etc/comity/comity.toml:{line + 1}")


@pytest.mark.parametrize(
    ("text", "name", "line", "first"),
    [
        ("[own]\n[gates]\n\n[own] # ours\n", "[own]", 4, 1),
        ("[gates]\nmailboxes = []\nlmtp = []\nmailboxes = []\n", "mailboxes", 4, 2),
        ("[sources.loops]\n[own]\n[sources.loops]\n", "[sources.loops]", 3, 1),
    ],
)
def test_what_stands_twice_names_both_lines(text: str, name: str, line: int, first: int) -> None:
    """Whoever pastes a table out of a page below one that is there learns where it stands."""
    error = _wrong(text)
    assert (error.code, error.place) == ("settings-twice", f"/etc/comity/comity.toml:{line}")
    assert error.details == {"name": name, "first": first}


def test_a_setting_that_becomes_a_table_is_no_repetition() -> None:
    """What cannot be said to stand twice is told as before."""
    assert _wrong("own = 1\n[own]\n").code == "settings-not-toml"


def test_deep_nesting_is_refused() -> None:
    """A file made to exhaust the reader is answered like any other that is no settings file."""
    assert _wrong("a = " + "[" * 100_000).code == "settings-not-toml"


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    """A named file must be there and be UTF-8, with or without a byte order mark and with any line ends."""
    with pytest.raises(ComityError, match="cannot be read"):
        read_settings(tmp_path / "absent.toml")
    path = tmp_path / "comity.toml"
    path.write_bytes(b"[own]\n# \xff\n")
    with pytest.raises(ComityError, match=r"comity\.toml:2: .*UTF-8"):
        read_settings(path)
    path.write_bytes(b'\xef\xbb\xbf[own]\r\ndomains = ["west.example"]\r\n')
    assert read_settings(path).own.domains == ("west.example",)
    path.write_bytes(b"#" * (1 << 20) + b"#")
    with pytest.raises(ComityError, match="larger"):
        read_settings(path)


def test_where_the_file_is_looked_for(tmp_path: Path) -> None:
    """--config goes before COMITY_CONFIG, that before ./comity.toml; without any the defaults hold."""
    for name in ("named", "environment", "comity"):
        (tmp_path / f"{name}.toml").write_text(f'[identity]\norganisation = "{name}"\n', encoding="utf-8")
    environment = {"COMITY_CONFIG": str(tmp_path / "environment.toml")}
    assert settings_for(str(tmp_path / "named.toml"), environment, tmp_path).identity.organisation == "named"
    assert settings_for(None, environment, tmp_path).identity.organisation == "environment"
    assert settings_for(None, {}, tmp_path).identity.organisation == "comity"
    assert settings_for(None, {}, tmp_path / "nowhere") == Settings()


@given(st.text(max_size=300))
def test_any_text_is_settings_or_a_named_error(text: str) -> None:
    """Nothing that can be written into the file ends in a trace."""
    try:
        parse(text, Path("comity.toml"))
    except ComityError as error:
        assert error.outcome is Outcome.CONFIGURATION


def test_the_command_line_says_it_in_the_readers_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way: a slip in the file, exit status 78, file, line and remedy on stderr, in Chinese for who reads Chinese."""
    import sys
    from types import ModuleType

    from comity.cli import frame
    from comity.cli.configuration import settings

    path = tmp_path / "comity.toml"
    path.write_text("[complain]\nmax_age_days = -1\n", encoding="utf-8")
    module = ModuleType("greet_command")
    module.command = lambda: settings() and None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "greet_command", module)
    assert frame.run(["greet", "--config", str(path), "--language", "zh"], {"begin": {"greet": "greet_command"}}) == 78
    assert capsys.readouterr().err.splitlines() == [
        f"comity: {path}:2: complain.max_age_days 不能设为 -1",
        "  应填写1 到 3650 之间的整数天数。",
    ]
    assert main(["--help", "--config", str(path)]) == 0


@pytest.mark.parametrize(
    "value", ["", "24", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "host:24", "unix:", ":24"]
)
def test_a_place_to_listen_at_is_an_address_with_a_port(value: str) -> None:
    """What cannot be listened at is told with its line; a path counts from the folder of the file."""
    with pytest.raises(ComityError) as caught:
        parse(f'[gates]\nlmtp = ["{value}"]\n', Path("/etc/comity.toml"))
    assert caught.value.place == "/etc/comity.toml:2"
    gates = parse('[gates]\nlmtp = ["[::1]:24", "unix:run/lmtp"]\n', Path("/etc/comity.toml")).gates
    assert [str(each) for each in gates.lmtp] == ["[::1]:24", "unix:/etc/run/lmtp"]


def test_one_wrong_entry_of_a_list_is_named() -> None:
    """Of a hundred networks the one that is none, with its own line."""
    error = _wrong('[own]\nnetworks = [\n  "192.0.2.0/24",\n  "198.51.100.7/24",\n]\n')
    assert error.place == "/etc/comity/comity.toml:4"
    assert error.message == 'own.networks cannot be "198.51.100.7/24"'
    assert catalogue("en").say("remedy.setting-unfit", **error.details).startswith("It takes a network")


@pytest.mark.parametrize(("language", "words"), [("en", "no such file"), ("zh", "没有这个文件")])
def test_a_missing_file_has_a_reason_in_the_readers_language_and_a_remedy(
    language: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No sentence of the system's stands inside ours."""
    (tmp_path / "latin.toml").write_bytes(b"[identity]\n# caf\xe9\n")
    for name, said in (("none.toml", words), ("latin.toml", "UTF-8")):
        assert main(["read", str(tmp_path), "--config", str(tmp_path / name), "--language", language]) == 78
        lines = capsys.readouterr().err.splitlines()
        assert said in lines[0]
        assert "No such" not in lines[0]
        assert len(lines) == 2


PLACE = Path("comity.toml")
WATCHED = (
    '[gates]\nmailboxes = ["abuse@west.example"]\n[[watch.maildir]]\npath = "mail"\nmailbox = "abuse@west.example"\n'
)
BUS = '[[watch.bus]]\nurl = "nats://b.example"\ntopic = "t"\nmailbox = "abuse@west.example"\n'
IMAP = '[[watch.imap]]\nhost = "h.example"\naccount = "a"\nmailbox = "abuse@west.example"\n'


@pytest.mark.parametrize(
    ("more", "code", "line"),
    [
        ('[[watch.maildir]]\npath = "other"\n', "setting-missing", 6),
        ('[[watch.maildir]]\npaht = "other"\n', "setting-unknown-near", 7),
        ('[[watch.maildir]]\npath = "other"\nmailbox = "x@west.example"\n', "watch-mailbox", 8),
        ('[[watch.maildir]]\npath = "mail"\nmailbox = "abuse@west.example"\n', "watch-twice", 6),
        ('after = "burn"\n', "setting-unfit", 6),
        (IMAP, "watch-password", 6),
        (IMAP + 'password_file = "p"\npassword_variable = "P"\n', "watch-password", 6),
        (IMAP + 'password_file = "p"\ntls = "never"\n', "watch-clear", 11),
        (BUS.replace("nats://b", "nats://a:secret@b"), "setting-unfit", 7),
        (BUS.replace("nats", "mqtt"), "setting-unfit", 7),
        (BUS.replace("mailbox", "mailbx"), "setting-unknown-near", 9),
        (BUS + BUS, "watch-twice", 10),
        (BUS + 'account = "a"\n', "bus-password", 6),
        (BUS + 'password_file = "p"\n', "bus-password", 6),
        (BUS + 'account = "a"\npassword_file = "p"\n', "bus-clear", 7),
    ],
)
def test_a_watched_mailbox_that_cannot_be(more: str, code: str, line: int) -> None:
    """What does not fit together is told with its line: a mailbox without a kind, one watched twice, no password."""
    with pytest.raises(ComityError) as caught:
        parse(WATCHED + more, PLACE)
    assert (caught.value.code, caught.value.place) == (code, f"{PLACE}:{line}")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ('url = "kafka://b.example"\n', "webhook-topic"),
        ('url = "https://b.example/x"\ntopic = "t"\n', "webhook-topic"),
        ('url = "kafka://localhost"\ntopic = "t"\naccount = "a"\n', "webhook-account"),
        ('url = "kafka://b.example"\ntopic = "t"\naccount = "a"\npassword_file = "p"\n', "bus-clear"),
        ('url = "mqtt://b.example"\ntopic = "t"\n', "setting-unfit"),
    ],
)
def test_a_webhook_on_a_bus_that_cannot_be(more: str, code: str) -> None:
    """A bus has a topic and https has none; a password goes with an account, and over no network in clear."""
    with pytest.raises(ComityError) as caught:
        parse('[[playbook.webhooks]]\nname = "cases"\n' + more, PLACE)
    assert caught.value.code == code
    assert str(caught.value.place).startswith(f"{PLACE}:")


def test_a_watched_mailbox_has_its_values() -> None:
    """Each table of the list is a record; paths count from the folder of the file."""
    found = parse(WATCHED + IMAP + 'password_file = "p"\n', PLACE).watch
    assert (found.maildir[0].path, found.maildir[0].after) == (PLACE.parent / "mail", "seen")
    assert (found.imap[0].folder, found.imap[0].password_file) == ("INBOX", PLACE.parent / "p")


def test_a_password_stands_in_no_open_file(tmp_path: Path) -> None:
    """A password in a settings file that others can read is refused with its line, and never shown."""
    path = tmp_path / "comity.toml"
    path.write_text(WATCHED + IMAP + 'password = "xyzzy"\n')
    path.chmod(0o640)
    with pytest.raises(ComityError) as caught:
        read_settings(path)
    assert (caught.value.code, caught.value.place) == ("secret-in-open-file", f"{path}:10")
    assert "xyzzy" not in str(caught.value)
    path.chmod(0o600)
    assert read_settings(path).watch.imap[0].password == "xyzzy"
    assert "xyzzy" not in repr(read_settings(path))
