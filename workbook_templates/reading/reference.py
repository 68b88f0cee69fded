"""Every key of an edition's files, printed from the schemas into the guide to editions."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from textwrap import dedent
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Struct

from workbook_templates.reading.files import SCHEMAS

GUIDE = Path(__file__).parents[2] / "docs" / "editions.md"
#: The lines of the guide between which the keys stand.
BEGIN = "<!-- keys: written by `python -m workbook_templates.reading.reference`, not by hand -->"
END = "<!-- end of keys -->"
_WORDS: Mapping[Any, str] = {str: "text", int: "whole number", float: "number", bool: "true or false"}


def reference() -> str:
    """Every file with its keys, in Markdown; tables within a file follow it, each once."""
    parts = []
    for name, schema in SCHEMAS.items():
        parts.append(f"### `{name}`\n")
        parts += [_table(path, found) for path, found in _tables("", schema, set())]
    return "\n".join(parts)


def guide() -> str:
    """The guide with the keys as the program reads them now."""
    before, _, rest = GUIDE.read_text(encoding="utf-8").partition(BEGIN)
    return f"{before}{BEGIN}\n\n{reference()}\n{END}{rest.partition(END)[2]}"


def explained(schema: type[Struct]) -> dict[str, str]:
    """For every key of a schema what its comment says, those of the schemas that it extends included."""
    result: dict[str, str] = {}
    for base in reversed(schema.__mro__):
        if issubclass(base, Struct) and base.__module__ != Struct.__module__:
            result.update(_comments(base))
    return result


def _comments(schema: type[Struct]) -> Iterator[tuple[str, str]]:
    lines = dedent(inspect.getsource(schema)).splitlines()
    for node in ast.parse("\n".join(lines)).body[0].body:  # type: ignore[attr-defined]  # a class has a body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            above = takewhile(lambda line: line.startswith("#: "), map(str.strip, reversed(lines[: node.lineno - 1])))
            beside = lines[(node.end_lineno or 1) - 1].partition("#: ")[2]
            yield node.target.id, beside or " ".join(line[3:] for line in reversed(list(above)))


def _tables(path: str, schema: type[Struct], seen: set[type[Struct]]) -> Iterator[tuple[str, type[Struct]]]:
    """A schema and those of the tables within it, each where it is first met."""
    if schema in seen:
        return
    seen.add(schema)
    yield path, schema
    for field in msgspec.structs.fields(schema):
        for inner, mark in _inner(field.type):
            yield from _tables(f"{path}.{field.encode_name}{mark}".lstrip("."), inner, seen)


def _inner(kind: Any) -> Iterator[tuple[type[Struct], str]]:
    """The schemas that a type holds, and how a path writes that: `[]` for each of a list, `.NAME` for each by name."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        yield kind, ""
        return
    mark = {tuple: "[]", Mapping: ".NAME"}.get(get_origin(kind), "")
    for part in get_args(kind):
        yield from ((inner, mark + more) for inner, more in _inner(part))


def _table(path: str, schema: type[Struct]) -> str:
    said = explained(schema)
    rows = [
        f"| `{field.encode_name}` | {_type(field.type)} | {_default(field)} | {said[field.name]} |"
        for field in msgspec.structs.fields(schema)
    ]
    lead = f"`{path}`: " if path else ""
    about = " ".join((schema.__doc__ or "").split())
    return "\n".join([f"{lead}{about}\n", "| key | holds | where not said | is |", "|---|---|---|---|", *rows, ""])


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value = field.default
    if value is NODEFAULT or value in (None, "", (), ("", "")) or isinstance(value, Struct):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _type(kind: Any) -> str:
    """A type in plain words."""
    if get_origin(kind) is Annotated:
        return _type(get_args(kind)[0])
    arguments = [part for part in get_args(kind) if part not in (NoneType, Ellipsis)]
    if get_origin(kind) is Literal:
        return " ".join(f"`{word}`" for word in arguments if word)
    if get_origin(kind) in (Union, UnionType):
        return " or ".join(_type(part) for part in arguments)
    if get_origin(kind) is tuple:
        return f"list of {_type(arguments[0])}"
    if get_origin(kind) is Mapping:
        return f"by name: {_type(arguments[1])}"
    return _WORDS.get(kind, "table")


def main() -> None:
    """Write the keys into the guide."""
    GUIDE.write_text(guide(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
