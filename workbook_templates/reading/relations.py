"""勾稽关系 as data: the declarations of relations.toml, parsed. The notation is described in docs/relations.md."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from msgspec import Struct

from workbook_templates.reading.errors import EditionError
from workbook_templates.reading.forms import FixedRow, Form, TreeRows

GRADES = ("强制", "提示", "信息")
KINDS = ("identity", "sum", "bound")

_TERM = re.compile(r"(T\d+)(?:\.([^\[\].]+))?\[([^\[\]]+)\](?:\.(.+))?")


class Ref(Struct, frozen=True):
    """A reference to cells: form, block (empty: the one that has the column), rows, column."""

    form: str
    block: str
    rows: str
    column: str


class Condition(Struct, frozen=True, dict=True):
    """When a relation applies: `empty`, `filled`, `rows`, `below`, `nonnegative`, or a comparison of two printed cells.

    `filled` holds where any of the cells of `left` and `more` holds an amount.
    """

    kind: str
    left: Ref | None = None
    right: Ref | None = None
    more: tuple[Ref, ...] = ()

    @cached_property
    def own(self) -> bool:
        """Whether it is another condition for each row or column that its declaration runs over."""
        refs = [ref for ref in (self.left, self.right, *self.more) if ref]
        return any("$" in ref.rows or "$" in ref.column for ref in refs)


class Declaration(Struct, frozen=True):
    """One declared relation; it expands to one for each row and column it runs over."""

    number: str
    grade: str
    kind: str
    requirement: str
    left: tuple[Ref, ...]
    right: tuple[Ref, ...]
    rows: tuple[Ref, ...]
    columns: tuple[str, ...]
    when: tuple[Condition, ...]
    ledger: bool

    @property
    def family(self) -> str:
        """The family of domain practice: A within a table, B between tables."""
        return self.number[0]


class _Reader:
    """Reads declarations and checks every name against the forms."""

    def __init__(self, forms: tuple[Form, ...], place: str) -> None:
        self.forms = {form.code: form for form in forms}
        self.place = place

    def ref(self, text: str, *, whole_rows: bool = False) -> Ref:
        match = _TERM.fullmatch(text.strip())
        if not match or (match[4] is None) != whole_rows:
            raise EditionError(f"{self.place}：看不懂“{text}”，应写成 T2[行].栏")
        ref = Ref(match[1], match[2] or "", match[3], match[4] or "")
        form = self.forms.get(ref.form)
        if form is None:
            raise EditionError(f"{self.place}：没有表“{ref.form}”")
        if ref.block and ref.block not in [b.name for b in form.blocks]:
            raise EditionError(f"{self.place}：{ref.form} 没有名为“{ref.block}”的部分")
        columns = {c.key for b in form.blocks if ref.block in ("", b.name) for c in b.columns}
        if ref.column not in ("", "$") and ref.column not in columns:
            raise EditionError(f"{self.place}：{ref.form} 没有栏“{ref.column}”，只有：{'、'.join(sorted(columns))}")
        self._check_rows(form, ref, text)
        return ref

    def _check_rows(self, form: Form, ref: Ref, text: str) -> None:
        rows = [r for b in form.blocks if ref.block in ("", b.name) for r in b.rows]
        fixed = {r.key for r in rows if isinstance(r, FixedRow)}
        levels = [r.levels if isinstance(r, TreeRows) else r.dimensions for r in rows if not isinstance(r, FixedRow)]
        depth = max(map(len, levels), default=0)
        unfolded = bool(levels)
        if ref.rows in ("$", "$>") or ref.rows in fixed:
            return
        if ref.rows.startswith("@"):
            if ref.rows[1:] in {r.group for r in rows if isinstance(r, FixedRow)}:
                return
        else:
            level = ref.rows[1:] if ref.rows[0] == "#" else ""
            if unfolded and (re.fullmatch(r"#\*|\^|\d+/", ref.rows) or (level.isdigit() and 1 <= int(level) <= depth)):
                return
        raise EditionError(f"{self.place}：“{text}”中 {ref.form} 没有行“{ref.rows}”")

    def columns(self, names: Sequence[str], refs: Sequence[Ref]) -> tuple[str, ...]:
        """The columns that a relation runs over; every form with a ``$`` for its column has each of them."""
        for ref in refs:
            for name in names if ref.column == "$" else ():
                self.ref(f"{ref.form}{'.' + ref.block if ref.block else ''}[{ref.rows}].{name}")
        return tuple(names)

    def terms(self, text: str) -> tuple[Ref, ...]:
        return tuple(self.ref(part) for part in text.split(" + "))

    def condition(self, text: str) -> Condition:
        if text in ("below", "nonnegative"):
            return Condition(text)
        if text.startswith("empty "):
            return Condition("empty", self.ref(text[6:]))
        if text.startswith("filled "):
            first, *more = self.terms(text[7:])
            return Condition("filled", first, more=tuple(more))
        if text.startswith("rows "):
            return Condition("rows", self.ref(text[5:], whole_rows=True))
        for sign in (" >= ", " = "):
            if sign in text:
                left, right = text.split(sign, 1)
                return Condition(sign.strip(), self.ref(left), self.ref(right))
        raise EditionError(f"{self.place}：看不懂适用条件“{text}”")


def read_terms(text: str, forms: tuple[Form, ...], place: str) -> tuple[Ref, ...]:
    """References joined by " + ". Raises EditionError that names what the forms do not have."""
    return _Reader(forms, place).terms(text)


def read_relations(raw: Mapping[str, Any], forms: tuple[Form, ...], place: str) -> tuple[Declaration, ...]:
    """All declarations. Raises EditionError that names the relation and what the form does not have."""
    result: list[Declaration] = []
    for item in raw.get("relations", []):
        number = item.get("number", "?")
        reader = _Reader(forms, f"{place} 关系 {number}")
        try:
            left, right = reader.terms(item["left"]), reader.terms(item["right"])
            declaration = Declaration(
                number=number,
                grade=item.get("grade", "强制"),
                kind=item["kind"],
                requirement=item["requirement"],
                left=left,
                right=right,
                rows=tuple(reader.ref(part, whole_rows=True) for part in _words(item.get("rows", ""))),
                columns=reader.columns(item.get("columns", ()), (*left, *right)),
                when=tuple(reader.condition(text) for text in item.get("when", ())),
                ledger=item.get("ledger", False),
            )
        except KeyError as missing:
            raise EditionError(f"{reader.place}：缺少 {missing}") from None
        if declaration.kind not in KINDS or declaration.grade not in GRADES:
            raise EditionError(f"{reader.place}：kind 或 grade 不是规定的取值")
        if declaration.kind == "identity" and (len(declaration.left), len(declaration.right)) != (1, 1):
            raise EditionError(f"{reader.place}：identity 的左右两方各只能有一项")
        if number in {d.number for d in result}:
            raise EditionError(f"{reader.place}：编号重复")
        result.append(declaration)
    return tuple(result)


def _words(text: str) -> list[str]:
    """References separated by spaces; a row key has none."""
    return text.split()
