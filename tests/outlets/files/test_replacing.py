"""A file that is replaced is whole, whoever else replaces it."""

from pathlib import Path
from threading import Thread

from comity.outlets.files.replacing import replaced


def test_two_threads_that_replace_a_file_each_replace_all_of_it(tmp_path: Path) -> None:
    """Two people grant a recourse in the same moment: neither writes into the other's file, and neither fails."""
    path = tmp_path / "bl.zone"

    def short() -> None:
        with replaced(path) as file:
            file.write(b"b")

    with replaced(path) as file:
        file.write(b"a" * 100)
        other = Thread(target=short)
        other.start()
        other.join()
        assert path.read_bytes() == b"b"
        file.write(b"a" * 100)
    assert path.read_bytes() == b"a" * 200
    assert [each.name for each in tmp_path.iterdir()] == ["bl.zone"]
