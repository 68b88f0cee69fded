"""The TOML files of an edition, read strictly: a key that no schema knows is a fault, so is a value of another type.

`msgspec` decides whether a file fits its schema. Only where it does not, `faults` goes through the file once more and
tells every fault with its place.

The modules that hold schemas evaluate their annotations as they are imported: evaluated from texts, as elsewhere in the
program, the types of some fifty schemas would take a tenth of the time that an edition takes to be read.
"""

import re
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec
import tomli
from msgspec import Meta, Struct

from workbook_templates.reading.errors import EditionError

T = TypeVar("T")


class Schema(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a TOML file: its keys, their types, and those that need not be there (they have a default)."""


#: A count, or the number of a sheet row or column (from 1).
Positive = Annotated[int, Meta(ge=1, title="不小于1的整数")]
Orientation = Literal["portrait", "landscape"]
Measure = Literal["万元", "元"]
#: A classification of `codes/<year>/`.
Classification = Literal["functional", "departmental", "governmental", "revenue"]
#: A filter as it is written: for each dimension a value, several, or the name of a group after ``@``.
Written = Mapping[str, str | tuple[str, ...]]

_KINDS: Mapping[Any, str] = {str: "文字", int: "整数", float: "数", bool: "true 或 false"}
_TABLE = "表（名称 = 值）"
#: A key that TOML lets stand without quotation marks.
_BARE = re.compile(r"[\w-]+")
_LONGEST_SHOWN = 40


def place_of(name: str) -> str:
    """How a sentence names a file of an edition, for example `forms/t03.toml`."""
    return f"版式文件 {name}"


def read_toml(path: Path) -> dict[str, Any]:
    """A file as it is written. Raises EditionError where there is none or its syntax is wrong."""
    name = f"{path.parent.name}/{path.name}" if path.parent.name in ("forms", "narrative") else path.name
    try:
        return tomli.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise EditionError(f"版式目录 {path.parent.name} 缺少文件 {path.name}") from None
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EditionError(f"{place_of(name)} 有语法错误：{error}") from None


def read_file(path: Path, schema: type[T], place: str) -> T:
    """A file that must be there, as its schema. Raises EditionError with every fault of the file."""
    return fitted(read_toml(path), schema, place)


def fitted(raw: object, schema: type[T], place: str) -> T:
    """What a file says, as its schema. Raises EditionError with every fault."""
    try:
        return msgspec.convert(raw, schema)
    except msgspec.ValidationError:
        raise EditionError(*(f"{place}：{fault}" for fault in faults(raw, schema))) from None


def faults(value: object, schema: Any, at: str = "") -> Iterator[str]:
    """Everything in a value that does not fit a type: the place, what is wrong, and the key that is likely meant."""
    try:
        msgspec.convert(value, schema)
    except msgspec.ValidationError as error:
        within = list(_within(value, schema, at))
        place = f"{at} " if at else ""
        yield from within or [f"{place}{_told(value, schema, str(error))}"]


def _within(value: object, schema: Any, at: str) -> Iterator[str]:
    """The faults of a value's parts."""
    schema = _plain(schema)
    arguments = get_args(schema)
    if isinstance(value, dict) and isinstance(schema, type) and issubclass(schema, Struct):
        yield from _keys(value, schema, at)
    elif isinstance(value, dict) and get_origin(schema) is Mapping:
        for key, item in value.items():
            yield from faults(item, arguments[1], _joined(at, key))
    elif isinstance(value, list) and get_origin(schema) is tuple and arguments[-1] is Ellipsis:
        for number, item in enumerate(value):
            yield from faults(item, arguments[0], f"{at}[{number}]")


def _keys(value: Mapping[str, object], schema: type[Struct], at: str) -> Iterator[str]:
    known = {field.encode_name: field for field in msgspec.structs.fields(schema)}
    place = f"{at} " if at else ""
    meant = set()
    for key, item in value.items():
        if key in known:
            yield from faults(item, known[key].type, _joined(at, key))
            continue
        near = likely(key, [name for name in known if name not in value]) or likely(key, list(known))
        meant.add(near)
        yield f"{place}没有名为“{key}”的键，" + (f"是否应为“{near}”？" if near else f"可用的键：{'、'.join(known)}")
    for name, field in known.items():
        if field.required and name not in value and name not in meant:
            yield f"{place}缺少“{name}”"


def likely(word: str, known: list[str]) -> str:
    """The one of the known words that is most like it, empty where none is."""
    import difflib  # only a mistake needs it

    return next(iter(difflib.get_close_matches(word, known, 1)), "")


def worded(text: str, words: Mapping[str, str]) -> str:
    """A text with these words for their names in braces; other braces stay."""
    for name, word in words.items():
        text = text.replace(f"{{{name}}}", word)
    return text


def _plain(schema: Any) -> Any:
    """A type without its annotation, and without the None that stands for a key left out."""
    if get_origin(schema) is Annotated:
        return _plain(get_args(schema)[0])
    if get_origin(schema) in (Union, types.UnionType):
        choices = [choice for choice in get_args(schema) if choice is not type(None)]
        return _plain(choices[0]) if len(choices) == 1 else schema
    return schema


def _joined(at: str, key: str) -> str:
    name = key if _BARE.fullmatch(key) else f'"{key}"'
    return f"{at}.{name}" if at else name


def _told(value: object, schema: Any, error: str) -> str:
    """What is wrong with a value all of whose parts are right."""
    plain = _plain(schema)
    if isinstance(plain, type) and issubclass(plain, Struct) and isinstance(value, dict):
        return error.rpartition(" - at ")[0] or error  # the sentence of the schema's own check
    words = [word for word in _allowed(plain) if isinstance(value, str)]
    near = likely(value, words) if isinstance(value, str) else ""
    return f"应为{describe(schema)}，现为{_shown(value)}" + (f"，是否应为“{near}”？" if near else "")


def _allowed(schema: Any) -> list[str]:
    if get_origin(schema) is Literal:
        return list(get_args(schema))
    return [w for choice in get_args(schema) for w in _allowed(choice)] if _is_union(schema) else []


def _is_union(schema: Any) -> bool:
    return get_origin(schema) in (Union, types.UnionType)


def describe(schema: Any) -> str:
    """What a type asks for, in Chinese."""
    if get_origin(schema) is Annotated:
        said = [meta.title for meta in get_args(schema)[1:] if isinstance(meta, Meta) and meta.title]
        return said[0] if said else describe(get_args(schema)[0])
    schema = _plain(schema)
    if get_origin(schema) is Literal:
        return "、".join(f"“{word}”" for word in get_args(schema)) + ("之一" if len(get_args(schema)) > 1 else "")
    if _is_union(schema):
        return "或".join(dict.fromkeys(describe(choice) for choice in get_args(schema) if choice is not type(None)))
    if get_origin(schema) is tuple:
        items = get_args(schema)
        return f"{describe(items[0])}的列表" if items[-1] is Ellipsis else f"{len(items)}项的列表"
    return _KINDS.get(schema, _TABLE)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"“{value[:_LONGEST_SHOWN]}”"
    if isinstance(value, list):
        return "列表"
    return _TABLE if isinstance(value, dict) else str(value)[:_LONGEST_SHOWN]
