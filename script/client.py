"""Write the Python client of the API, ``examples/python/comity_client.py``, from its OpenAPI document.

Trust:      the document is ours (``docs/reference/openapi.json``, itself written from the code).
Standards:  OpenAPI 3.1.0, JSON Schema 2020-12 as far as the document uses it.
Answers:    ``generated(document)`` gives the module; ``script/docs`` writes it, a test compares. Nothing of what it writes needs
            more than Python's own library.
Limits:     what a schema allows beyond types and names (patterns, lengths) is left to the server, which says what does not fit.
"""

import json
import keyword
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

HEAD: Final = Path(__file__).with_name("client-head.txt")
_WIDTH: Final = 116
_PLAIN: Final = {"integer": "int", "number": "float", "boolean": "bool", "null": "None", "string": "str"}
_METHODS: Final = ("get", "post")
Schema = Mapping[str, Any]


def generated(document: Mapping[str, Any]) -> str:
    """The module."""
    schemas = document["components"]["schemas"]
    aliases = [
        line for name in sorted(schemas) if "properties" not in schemas[name] for line in _alias(name, schemas[name])
    ]
    records = [
        line for name in sorted(schemas) if "properties" in schemas[name] for line in _record(name, schemas[name])
    ]
    operations = [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in _METHODS
    ]
    calls = [line for path, method, operation in operations for line in _call(path, method.upper(), operation)]
    head = HEAD.read_text(encoding="utf-8")
    return (
        head.replace("# -- what the document names\n", "\n".join([*aliases, *records]) + "\n") + "\n".join(calls) + "\n"
    )


def type_of(schema: Schema) -> str:
    """What Python calls it.

    >>> type_of({"anyOf": [{"type": "string"}, {"type": "null"}]}), type_of({"type": "array", "items": {"$ref": "#/a/Case"}})
    ('str | None', 'list[Case]')
    >>> type_of({"type": "string", "enum": ["a", "b"]}), type_of({"type": "object", "additionalProperties": {"type": "integer"}})
    ("Literal['a', 'b']", 'dict[str, int]')
    """
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for either in ("anyOf", "oneOf"):
        if either in schema:
            return " | ".join(dict.fromkeys(type_of(each) for each in schema[either]))
    if "const" in schema:
        return f"Literal[{schema['const']!r}]"
    if "enum" in schema:
        return f"Literal[{', '.join(repr(each) for each in schema['enum'])}]"
    sort = schema.get("type")
    if sort == "array":
        return f"list[{type_of(schema.get('items', {}))}]"
    if sort == "object":
        inner = schema.get("additionalProperties")
        return f"dict[str, {type_of(inner) if isinstance(inner, dict) else 'Any'}]"
    return _PLAIN.get(str(sort), "Any")


def snake(name: str) -> str:
    """A name as Python writes it.

    >>> snake("handOverComplaint"), snake("Idempotency-Key"), snake("from")
    ('hand_over_complaint', 'idempotency_key', 'from_')
    """
    found = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower()
    return f"{found}_" if keyword.iskeyword(found) else found


def _record(name: str, schema: Schema) -> Iterator[str]:
    """A dictionary with its members."""
    required = set(schema.get("required", ()))
    members = {}
    for each, inner in schema["properties"].items():
        sort = _double(type_of(inner))
        members[each] = sort if each in required else f"NotRequired[{sort}]"
    said = " ".join(str(schema.get("description", "")).split())
    yield from ("", "")
    if all(each.isidentifier() and not keyword.iskeyword(each) for each in members):
        yield f"class {name}(TypedDict):"
        yield from _said(said or f"{name}.", "    ")
        yield ""
        for each, sort in members.items():
            yield from _fitting(f"    {each}: ", sort)
        return
    yield f"{name} = TypedDict("  # a member of it is named as none of a class can be
    yield f"    {_quoted(name)},"
    yield "    {"
    yield from (f"        {_quoted(each)}: {_within(sort)}," for each, sort in members.items())
    yield "    },"
    yield ")"


def _alias(name: str, schema: Schema) -> Iterator[str]:
    yield from _fitting(f"{name} = ", _double(type_of(schema)))


def _fitting(begin: str, sort: str, end: str = "") -> Iterator[str]:
    """A line; of many words, a line for each."""
    if len(begin + sort + end) <= _WIDTH + 4 or not sort.startswith("Literal["):
        yield f"{begin}{sort}{end}"
        return
    indent = " " * (len(begin) - len(begin.lstrip()))
    yield f"{begin}Literal["
    yield from (f"{indent}    {each}," for each in sort[len("Literal[") : -1].split(", "))
    yield f"{indent}]{end}"


def _call(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[str]:
    """One operation as a method."""
    parameters = [each for each in operation.get("parameters", ()) if "name" in each]
    bodies = operation.get("requestBody", {}).get("content", {})
    answer = next(content for status, content in operation["responses"].items() if status.startswith("2"))
    media, content = next(iter(answer["content"].items()))
    gives = type_of(content.get("schema", {})) if media == "application/json" else "str"
    yield ""
    yield f"    def {snake(operation['operationId'])}("
    yield "        self,"
    first = [f"        {snake(each['name'])}: str," for each in parameters if each["in"] == "path"]
    if set(bodies) == {"application/json"}:
        first.append(f"        body: {_body_type(bodies['application/json']['schema'])},")
    elif bodies:
        first.append("        body: bytes,")
    yield from first
    others = [each for each in parameters if each["in"] != "path"]
    if others or len(bodies) > 1:
        yield "        *,"
    if len(bodies) > 1:
        kinds = ", ".join(_quoted(each) for each in bodies)
        yield from _fitting("        media: ", f"Literal[{kinds}]", f" = {_quoted(next(iter(bodies)))},")
    for each in sorted(others, key=lambda one: not one.get("required")):
        sort = _double(type_of(each.get("schema", {})))
        optional = "" if each.get("required") else ("" if "None" in sort else " | None") + " = None"
        yield f"        {snake(each['name'])}: {sort}{optional},"
    yield f"    ) -> {_double(gives)}:"
    yield from _said(_about(operation), "        ")
    yield f"        path = {_path(path)}"
    for kind in ("query", "header"):
        found = [(each["name"], snake(each["name"])) for each in others if each["in"] == kind]
        if found:
            yield f"        {kind}: Given = {{"
            yield from (f'            "{name}": {argument},' for name, argument in found)
            yield "        }"
    passed = [f"{kind}={kind}" for kind in ("query", "header") if any(each["in"] == kind for each in others)]
    if bodies:
        passed.append("body=body")
        passed.append("media=media" if len(bodies) > 1 else 'media="application/json"')
    how = "_asked" if media == "application/json" else "_asked_for_text"
    arguments = ", ".join([_quoted(method), "path", *passed])
    result = f"self.{how}({arguments})"
    yield f"        return cast({_quoted(gives)}, {result})" if how == "_asked" else f"        return {result}"


def _about(operation: Mapping[str, Any]) -> str:
    said = " ".join(str(operation.get("description") or operation.get("summary") or "").split())
    scopes = operation.get("x-scopes") or ()
    return f"{said} Scope: {', '.join(scopes)}." if scopes else said


def _body_type(schema: Schema) -> str:
    return "Mapping[str, Any]" if "properties" in schema else type_of(schema)


def _path(path: str) -> str:
    if "{" not in path:
        return _quoted(path)
    return 'f"' + re.sub(r"\{([^}]+)\}", lambda found: "{quote(" + snake(found[1]) + ", safe='')}", path) + '"'


def _said(text: str, indent: str) -> Iterator[str]:
    """A docstring, within the width."""
    clean = text.replace("\\", "\\\\").replace('"""', "'''")
    lines = textwrap.wrap(clean, _WIDTH - len(indent) - 6)
    if len(lines) == 1:
        yield f'{indent}"""{lines[0]}"""'
        return
    yield f'{indent}"""{lines[0]}'
    yield from (f"{indent}{each}" for each in lines[1:])
    yield f'{indent}"""'


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _within(sort: str) -> str:
    """A type that is named before all of its names are known."""
    return f"'{sort}'" if '"' in sort else f'"{sort}"'


def _double(sort: str) -> str:
    return sort.replace("'", '"')


if __name__ == "__main__":
    sys.stdout.write(generated(json.loads(Path("docs/reference/openapi.json").read_text(encoding="utf-8"))))
