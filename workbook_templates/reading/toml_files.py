"""The TOML files of an edition: read, and mistakes in them told in a sentence that names the file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomli

from workbook_templates.reading.errors import EditionError


def place_of(path: Path) -> str:
    """How a sentence names a file of an edition."""
    return f"版式文件 {path.parent.name}/{path.name}"


def read_toml(path: Path) -> dict[str, Any]:
    """A file that must be there."""
    found = read_optional(path)
    if found is None:
        raise EditionError(f"版式目录 {path.parent.name} 缺少文件 {path.name}")
    return found


def read_optional(path: Path) -> dict[str, Any] | None:
    """A file that need not be there; None where it is not."""
    try:
        return tomli.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EditionError(f"{place_of(path)} 有语法错误：{error}") from None


@contextmanager
def telling(place: str) -> Iterator[None]:
    """A missing key, or one of the wrong kind, as a sentence."""
    try:
        yield
    except KeyError as missing:
        raise EditionError(f"{place}：缺少 {missing}") from None
    except TypeError as error:
        raise EditionError(f"{place}：{error}") from None
