"""Read every *.eml of a folder with one reader and print one JSON object: CPU seconds, and what was found in each file.

usage: python_reader.py comity|parsedmarc|stdlib FOLDER      each imports its own reader only, so any Python will do
"""

import importlib.metadata
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Answer = dict[str, str | None] | None


def comity() -> tuple[Callable[[bytes], Answer], str]:
    """Ours: everything, up to the normalised record."""
    import comity
    from comity.formats import reading

    def read(data: bytes) -> Answer:
        reports = reading.read(data).reports
        if not reports:
            return None
        first = reports[0]
        return {
            "source_ip": first.source_ip,
            "recipient": first.original_rcpt_to[0] if first.original_rcpt_to else None,
            "message_id": first.message_id,
        }

    return read, comity.__version__


def parsedmarc() -> tuple[Callable[[bytes], Answer], str]:
    """The reader of DMARC failure reports, which are ARF: without DNS and downloads, from its local files alone."""
    import parsedmarc

    def read(data: bytes) -> Answer:
        try:
            parsed: Any = parsedmarc.parse_report_email(data, offline=True, always_use_local_files=True)
        except Exception:
            return None  # it raises where it finds no report of its own kinds
        report = parsed["report"]
        if not isinstance(report, dict):
            return None
        source = report.get("source") or {}
        sample = report.get("parsed_sample") or {}
        return {
            "source_ip": source.get("ip_address"),
            "recipient": report.get("original_rcpt_to"),
            "message_id": report.get("message_id") or sample.get("message-id"),
        }

    return read, importlib.metadata.version("parsedmarc")


def stdlib() -> tuple[Callable[[bytes], Answer], str]:
    """The standard library's parser without a policy (compat32): it only parses, nothing is asked of the result."""
    import email

    def read(data: bytes) -> Answer:
        email.message_from_bytes(data)
        return None

    return read, ".".join(map(str, sys.version_info[:3]))


def main() -> None:
    """Read the folder."""
    read, version = {"comity": comity, "parsedmarc": parsedmarc, "stdlib": stdlib}[sys.argv[1]]()
    paths = sorted(Path(sys.argv[2]).glob("*.eml"))
    for path in paths[:20]:  # loads what is loaded on first use
        read(path.read_bytes())
    found: dict[str, Answer] = {}
    began = time.process_time()
    for path in paths:
        answer = read(path.read_bytes())
        if answer is not None:
            found[path.name] = answer
    seconds = time.process_time() - began
    print(json.dumps({"name": sys.argv[1], "version": version, "seconds": seconds, "found": found}))


if __name__ == "__main__":
    main()
