"""A setting that names a file that is not there is told with its key and its line."""

from pathlib import Path

from comity.settings import read_settings
from comity.settings.named_files import missing_files, place_of


def test_each_file_that_is_not_there_is_told_with_key_and_line(tmp_path: Path) -> None:
    """In plain settings, in lists and in lists of tables; what is there, or is made at its first use, is not."""
    (tmp_path / "there.key").write_text("x")
    file = tmp_path / "comity.toml"
    file.write_text(
        "[identity]\n"
        'dkim_key = "away.pem"\n'
        'ledger_key = "there.key"\n'
        "[own]\n"
        'files = ["there.key",\n'
        '  "away.csv"]\n'
        "[complain]\n"
        'out = "reports"\n'
        "[gates]\n"
        'mailboxes = ["abuse@west.example"]\n'
        "[playbook]\n"
        "webhooks = [\n"
        '  { name = "desk", url = "https://desk.west.example/x" },\n'
        '  { name = "other", url = "https://desk.west.example/y", body = "there.key/form.json" },\n'
        "]\n"
    )
    found = list(missing_files(read_settings(file)))
    assert [(each.details["name"], each.place) for each in found] == [
        ("identity.dkim_key", f"{file}:2"),
        ("own.files", f"{file}:6"),
        ("playbook.webhooks.body", f"{file}:14"),
    ]
    assert found[0].details["file"] == tmp_path / "away.pem"
    assert place_of(read_settings(file), "gates", "mailboxes") == f"{file}:10"
    assert [str(getattr(each.details["reason"], "message_id", "")) for each in found] == [
        "error.file-missing",
        "error.file-missing",
        "error.file-not-folder",
    ]
