"""The page ``docs/reference/api.md``, written from the OpenAPI document so that it cannot lie.

Answers:    ``page(document)`` gives the text; ``script/docs`` writes it, a test compares.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

_METHODS: Final = ("get", "post")
_HEAD: Final = """\
# The HTTP API

Written by `script/docs` from the code; a test checks that it is current. The OpenAPI document itself is at `/v1/openapi.json` of a
running server, and beside this page in [openapi.json](openapi.json). How to begin: [how-to/api.md](../how-to/api.md).
"""


def page(document: Mapping[str, Any]) -> str:
    """Every operation with what it takes, what it gives, and every no; then every shape."""
    lines = [_HEAD, document["info"]["description"].strip(), ""]
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                lines += _operation(f"{method.upper()} {path}", methods[method])
    lines += ["# Shapes", ""]
    for name, schema in sorted(document["components"]["schemas"].items()):
        lines += _shape(name, schema)
    return "\n".join(lines).rstrip() + "\n"


def _operation(heading: str, said: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"## {heading}", "", said["description"], "")
    scopes = said.get("x-scopes")
    yield f"Operation `{said['operationId']}`; " + (
        f"scope {' or '.join(map(_code, scopes))}." if scopes else "no token."
    )
    yield ""
    fields = said.get("parameters", ())
    if fields:
        yield from ("| parameter | in | takes | what it says |", "|---|---|---|---|")
        for each in fields:
            needed = "" if not each.get("required") or each["in"] == "path" else " (needed)"
            yield f"| `{each['name']}`{needed} | {each['in']} | {_type(each['schema'])} | {each.get('description', '')} |"
        yield ""
    body = said.get("requestBody")
    if body:
        yield "Body: " + ", ".join(
            f"`{media}` {_type(each['schema'])}".strip() for media, each in body["content"].items()
        )
        yield ""
    yield from ("| status | answer |", "|---|---|")
    for status, answer in sorted(said["responses"].items()):
        yield f"| {status} | {_answer(answer)} |"
    yield ""


def _answer(answer: Mapping[str, Any]) -> str:
    for media, each in answer.get("content", {}).items():
        examples = each.get("examples")
        if media == "application/problem+json" and examples:
            return ", ".join(map(_code, examples))
        return f"{_type(each.get('schema', {}))} as `{media}`"
    return "nothing"


def _shape(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"## {name}", "", schema.get("description", "").strip(), "")
    if "enum" in schema:
        yield from (f"One of {', '.join(map(_code, schema['enum']))}.", "")
        return
    yield from ("| member | takes | what it says |", "|---|---|---|")
    needed = schema.get("required", ())
    for member, each in schema.get("properties", {}).items():
        mark = "" if member in needed else " (may be absent)"
        yield f"| `{member}`{mark} | {_type(each)} | {each.get('description', '')} |"
    yield ""


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(_type(each) for each in schema[several])
    if "enum" in schema or "const" in schema:
        return ", ".join(_code(each) for each in schema.get("enum", (schema.get("const"),)))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    kind = schema.get("format") or schema.get("type") or "anything"
    return "absent" if kind == "null" else str(kind)


def _code(text: object) -> str:
    return f"`{text}`"
