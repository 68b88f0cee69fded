"""勾稽关系 as data: the declarations of relations.toml, parsed. The notation is described in docs/relations.md."""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Literal

from msgspec import Struct

from workbook_templates.reading.errors import EditionError
from workbook_templates.reading.forms import Block, Form
from workbook_templates.reading.toml_files import Schema, worded

_TERM = re.compile(r"(T\d+)(?:\.([^\[\].]+))?\[([^\[\]]+)\](?:\.(.+))?")


class RelationKeys(Schema, frozen=True):
    """One declared relation, in the notation of relations.md."""

    number: str  #: its number, which begins with A within a table and B between tables
    #: `identity`: one amount printed twice; `sum`: parts rounded each by itself; `bound`: left is at most right
    kind: Literal["identity", "sum", "bound"]
    requirement: str  #: what must hold, as a sentence for the clerk
    left: str  #: cells, joined by ` + `
    right: str  #: cells, joined by ` + `
    grade: Literal["强制", "提示", "信息"] = "强制"  #: how grave it is where it does not hold
    rows: str = ""  #: it holds for each of these rows, separated by spaces; `[$]` in the cells is that row
    columns: tuple[str, ...] = ()  #: it holds for each of these columns; `.$` in the cells is that column
    when: tuple[str, ...] = ()  #: it applies only while all of these hold
    ledger: bool = False  #: whether it applies depends on what no table prints, so the ledger decides


class RelationsKeys(Schema, frozen=True):
    """勾稽关系."""

    relations: tuple[RelationKeys, ...]  #: every relation between printed figures, once


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
        self.refs: dict[tuple[str, bool], Ref] = {}  #: those that were read; many cells stand in several relations

    def ref(self, text: str, *, whole_rows: bool = False) -> Ref:
        found = self.refs.get((text, whole_rows))
        if found is None:
            found = self.refs[text, whole_rows] = self._ref(text, whole_rows=whole_rows)
        return found

    def _ref(self, text: str, *, whole_rows: bool) -> Ref:
        match = _TERM.fullmatch(text.strip())
        if not match or (match[4] is None) != whole_rows:
            raise EditionError(f"{self.place}：看不懂“{text}”，应写成 T2[行].栏")
        ref = Ref(match[1], match[2] or "", match[3], match[4] or "")
        if ref.form not in self.forms:
            raise EditionError(f"{self.place}：没有表“{ref.form}”")
        blocks = self._blocks(ref)
        if not blocks:
            raise EditionError(f"{self.place}：{ref.form} 没有名为“{ref.block}”的部分")
        self._check_column(blocks, ref, ref.column)
        self._check_rows(blocks, ref, text)
        return ref

    def _blocks(self, ref: Ref) -> list[Block]:
        return [block for block in self.forms[ref.form].blocks if ref.block in ("", block.name)]

    def _check_column(self, blocks: Sequence[Block], ref: Ref, column: str) -> None:
        if column not in ("", "$") and not any(column in block.amounts for block in blocks):
            columns = {key for block in blocks for key in block.amounts}
            raise EditionError(f"{self.place}：{ref.form} 没有栏“{column}”，只有：{'、'.join(sorted(columns))}")

    def _check_rows(self, blocks: Sequence[Block], ref: Ref, text: str) -> None:
        rows = ref.rows
        if rows in ("$", "$>") or any(rows in block.fixed for block in blocks):
            return
        if rows.startswith("@"):
            if any(rows[1:] in block.lists for block in blocks):
                return
        elif depth := max(block.depth for block in blocks):
            level = rows[1:] if rows[0] == "#" else ""
            if re.fullmatch(r"#\*|\^|\d+/", rows) or (level.isdigit() and 1 <= int(level) <= depth):
                return
        raise EditionError(f"{self.place}：“{text}”中 {ref.form} 没有行“{ref.rows}”")

    def columns(self, names: Sequence[str], refs: Sequence[Ref]) -> tuple[str, ...]:
        """The columns that a relation runs over; every form with a ``$`` for its column has each of them."""
        for ref in refs:
            for name in names if ref.column == "$" else ():
                self._check_column(self._blocks(ref), ref, name)
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

    def declaration(self, keys: RelationKeys, words: Mapping[str, str]) -> Declaration:
        left, right = self.terms(keys.left), self.terms(keys.right)
        sides = f"{keys.left} {keys.right}"
        if keys.kind == "identity" and (len(left), len(right)) != (1, 1):
            raise EditionError(f"{self.place}：identity 的左右两方各只能有一项")
        if "[$" in sides and not keys.rows:
            raise EditionError(f"{self.place}：用了 [$]，但没有写 rows（逐哪些行）")
        if "].$" in sides and not keys.columns:
            raise EditionError(f"{self.place}：用了 .$，但没有写 columns（逐哪些栏）")
        return Declaration(
            number=keys.number,
            grade=keys.grade,
            kind=keys.kind,
            requirement=worded(keys.requirement, words),
            left=left,
            right=right,
            rows=tuple(self.ref(part, whole_rows=True) for part in keys.rows.split()),
            columns=self.columns(keys.columns, (*left, *right)),
            when=tuple(self.condition(text) for text in keys.when),
            ledger=keys.ledger,
        )


def read_terms(text: str, forms: tuple[Form, ...], place: str) -> tuple[Ref, ...]:
    """References joined by " + ". Raises EditionError that names what the forms do not have."""
    return _Reader(forms, place).terms(text)


def left_over(written: Sequence[RelationKeys], without: Sequence[str]) -> list[RelationKeys]:
    """The relations that have none of these numbers and speak of no table of these codes."""
    spoken = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in without) or "(?!)")
    texts = [" ".join((keys.number, keys.left, keys.right, keys.rows, *keys.when)) for keys in written]
    return [keys for keys, text in zip(written, texts, strict=True) if not spoken.search(text)]


def relations_of(
    written: Sequence[RelationKeys], forms: tuple[Form, ...], place: str, words: Mapping[str, str] = {}
) -> tuple[Declaration, ...]:
    """All declarations. Raises EditionError that names each relation and what the form does not have.

    `words` stand in requirements for their names in braces.
    """
    result: dict[str, Declaration] = {}
    faults: list[str] = []
    reader = _Reader(forms, place)
    for keys in written:
        reader.place = f"{place} 关系 {keys.number}"
        try:
            declaration = reader.declaration(keys, words)
        except EditionError as error:
            faults += error.faults
            continue
        if keys.number in result:
            faults.append(f"{reader.place}：编号 {keys.number} 重复")
        result[keys.number] = declaration
    if faults:
        raise EditionError(*faults)
    return tuple(result.values())
