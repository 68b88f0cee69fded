"""The edition's wording as Jinja reads it: the sandbox of its templates, and what compiling them gave, kept on disk."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import jinja2
import msgspec
from jinja2 import meta, nodes
from jinja2.bccache import Bucket
from jinja2.sandbox import ImmutableSandboxedEnvironment

from udfs.base import clean_lines, listed, read_amount, share, shown
from workbook_templates.reading import Edition

_OPTIONS = {
    # Plain text goes into cells and Word, never into a web page: escaping would spoil it.
    "autoescape": False,
    "trim_blocks": True,
    "lstrip_blocks": True,
    # Folding constants takes longer than evaluating the few that an edition has.
    "optimized": False,
}
#: Before an expression in the name of the template that evaluates it.
_EXPRESSION = "= "
_RESULT = "result"


class Compiled(jinja2.BytecodeCache):
    """Compiled templates in one file, by name. One whose source has changed since is compiled anew.

    Compiling an edition's wording takes most of a first click. The file belongs into the program's own folder: it is
    code, and whoever may write there may as well change the program. It begins with its own digest: a damaged one would
    end the interpreter, which runs whatever code it is given.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._changed = False
        self._codes: dict[str, bytes] = {}
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            digest, _, codes = path.read_bytes().partition(b"\n")
            if hashlib.sha256(codes).hexdigest().encode() == digest:
                self._codes = msgspec.msgpack.decode(codes, type=dict[str, bytes])

    def get_cache_key(self, name: str, filename: str | os.PathLike[str] | None = None) -> str:  # noqa: ARG002
        """Names are unique within an edition."""
        return name

    def get_source_checksum(self, source: str) -> str:
        """Of the source and of how it is compiled."""
        return hashlib.sha256(f"{_OPTIONS}{source}".encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """What is kept of that name; Jinja drops it where the checksum is another."""
        code = self._codes.get(bucket.key)
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Remember a template that was compiled."""
        self._codes[bucket.key] = bucket.bytecode_to_string()
        self._changed = True

    def save(self) -> None:
        """Write what is new. A folder that takes no file costs the next start some time, and nothing else."""
        if self._changed:
            new = self.path.with_suffix(f".{os.getpid()}")
            with contextlib.suppress(OSError):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                codes = msgspec.msgpack.encode(self._codes)
                new.write_bytes(hashlib.sha256(codes).hexdigest().encode() + b"\n" + codes)
                new.replace(self.path)
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)
            self._changed = False


class _Keeping:
    """Where compiled wording is kept in this process, and what was read from there."""

    folder: Path | None = None
    files: ClassVar[dict[str, Compiled]] = {}


def keep_compiled(folder: Path | None) -> None:
    """From now on, compiled wording is read from that folder, and written to it by `save_compiled`; None: nowhere."""
    _Keeping.folder = folder


def save_compiled() -> None:
    """Write what was compiled since."""
    for kept in _Keeping.files.values():
        kept.save()


def wording_of(edition: Edition) -> jinja2.Environment:
    """The edition's templates, with the filters that they and its expressions use."""
    narrative = edition.narrative
    headings = [(heading_name(number), s.heading) for number, s in enumerate(narrative.sections, 1)]
    return _environment(edition.folder.name, (*narrative.templates.items(), *headings), edition.measure)


def heading_name(number: int) -> str:
    """The name of the template of a section's heading."""
    return f"heading {number}"


#: What every template sees besides the ranges of fields and the edition's own words.
_SEEN = (
    *("a", "c", "l", "records", "projects", "labels", "note"),
    *("name", "chart_title", "year", "last", "comparable", "threshold"),
)


def wording_faults(edition: Edition) -> list[str]:
    """A sentence for each template that Jinja cannot read, and for each name in it that nothing gives."""
    narrative = edition.narrative
    fields = {key: {f.key for f in part.fields} for key, (_, part) in edition.ranges().items() if part.kind == "fields"}
    known = {
        "a": set(narrative.amounts),
        "c": {change.key for change in narrative.changes},
        "l": {spec.key for spec in narrative.lists},
        "records": {*narrative.records, *([narrative.projects.records] if narrative.projects else [])},
        **fields,
    }
    seen = {*_SEEN, *fields, *(word.key for word in narrative.words)}
    environment = wording_of(edition)
    sources = {**narrative.templates, **{f"“{s.heading}”": s.heading for s in narrative.sections}}
    faults = []
    for name, source in sources.items():
        try:
            tree = environment.parse(source)
        except jinja2.TemplateSyntaxError as error:
            faults.append(f"{narrative.place} 的 {name} 第{error.lineno}行有误：{error.message}")
            continue
        own = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "store"}
        unknown = sorted(meta.find_undeclared_variables(tree) - seen - own)
        unknown += [f"{owner}.{key}" for owner, key in _named(tree) if owner in known and key not in known[owner]]
        faults += [f"{narrative.place} 的 {name}：没有名为“{word}”的数据" for word in dict.fromkeys(unknown)]
    return faults


def _named(node: nodes.Node, hidden: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """Every `a.b` in a template whose `a` is no parameter of a macro."""
    if isinstance(node, nodes.Macro):
        hidden |= {argument.name for argument in node.args}
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name not in hidden:
        yield node.node.name, node.attr
    for child in node.iter_child_nodes():
        yield from _named(child, hidden)


def evaluate(environment: jinja2.Environment, expression: str, values: dict[str, object]) -> object:
    """The value of an expression of the edition; None where it is undefined."""
    found = getattr(environment.get_template(_EXPRESSION + expression).make_module(values), _RESULT)
    return None if isinstance(found, jinja2.Undefined) else found


class _Sandbox(ImmutableSandboxedEnvironment):
    """An edition may come from elsewhere, so its templates see the figures and nothing of the program."""

    def getattr(self, obj: object, attribute: str) -> object:
        """`l.items` is the list of that name before it is anything that dictionaries can do."""
        found = obj.get(attribute) if isinstance(obj, dict) else None
        return super().getattr(obj, attribute) if found is None else found


@lru_cache(maxsize=8)
def _environment(name: str, sources: tuple[tuple[str, str], ...], measure: str) -> jinja2.Environment:
    environment = _Sandbox(
        loader=jinja2.ChoiceLoader([jinja2.DictLoader(dict(sources)), jinja2.FunctionLoader(_expression)]),
        undefined=jinja2.StrictUndefined,
        **_OPTIONS,
    )
    if _Keeping.folder is not None:
        environment.bytecode_cache = _Keeping.files[name] = Compiled(_Keeping.folder / name)
    environment.filters.update(
        money=lambda value: f"{shown(value)}{measure}",
        percent=lambda value: f"{shown(value)}%",
        figure=shown,
        amount=read_amount,
        sentences=clean_lines,
        listed=listed,
        of=lambda part, whole: share(Decimal(part), Decimal(whole)),
    )
    return environment


def _expression(name: str) -> str | None:
    """The template that evaluates an expression."""
    expression = name.removeprefix(_EXPRESSION)
    return None if expression == name else f"{{% set {_RESULT} = {expression} %}}"
