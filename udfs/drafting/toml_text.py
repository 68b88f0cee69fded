"""Values as TOML, and whole files of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def value(item: Any) -> str:
    """A value in TOML, on one line."""
    if isinstance(item, Mapping):
        return "{ " + ", ".join(f"{key(k)} = {value(v)}" for k, v in item.items()) + " }" if item else "{}"
    if isinstance(item, list | tuple):
        return "[" + ", ".join(map(value, item)) + "]"
    return json.dumps(item, ensure_ascii=False)


def key(name: str) -> str:
    """A key in TOML."""
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _document(raw: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """A file as TOML: plain keys, then the tables and the lists of tables within it."""
    deep = {
        k: v
        for k, v in raw.items()
        if isinstance(v, Mapping) or (isinstance(v, list) and v and isinstance(v[0], Mapping))
    }
    yield from (f"{key(k)} = {value(v)}" for k, v in raw.items() if k not in deep)
    for name, item in deep.items():
        at = f"{path}.{key(name)}" if path else key(name)
        if isinstance(item, Mapping):
            yield from ("", f"[{at}]", *_document(item, at))
            continue
        for entry in item:
            yield from ("", f"[[{at}]]", *_document(entry, at))


def toml(raw: Mapping[str, Any], head: str) -> str:
    """A file below a comment."""
    return "\n".join([f"# {head}", *_document(raw), ""])
