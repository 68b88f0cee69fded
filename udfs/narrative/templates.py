"""The edition's wording as Jinja reads it: the sandbox of its templates, and what compiling them gave, kept on disk."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

import jinja2
import msgspec
from jinja2 import meta, nodes
from jinja2.bccache import Bucket
from jinja2.sandbox import ImmutableSandboxedEnvironment

from udfs.base import clean_lines, listed, read_amount, share, shown
from workbook_templates.kept import keep, kept
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
    """Compiled templates of an edition, by name. One whose source has changed since is compiled anew.

    Compiling an edition's wording takes most of a first click.
    """

    def __init__(self, edition: str) -> None:
        self.edition = edition
        self._changed = False
        self._codes: dict[str, bytes] = {}
        with contextlib.suppress(msgspec.MsgspecError):
            self._codes = msgspec.msgpack.decode(kept(edition) or b"", type=dict[str, bytes])

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
        """Keep what is new."""
        if self._changed:
            keep(self.edition, msgspec.msgpack.encode(self._codes))
            self._changed = False


#: The compiled wording of the editions of this process.
_WORDINGS: dict[str, Compiled] = {}


def save_compiled() -> None:
    """Write what was compiled since."""
    for wording in _WORDINGS.values():
        wording.save()


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
    environment.bytecode_cache = _WORDINGS[name] = Compiled(name)
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
