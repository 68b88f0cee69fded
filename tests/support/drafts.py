"""How much of an edition a draft has right: the lines of its forms, and its relations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from addin.verbs.draft import _pages
from udfs.base import squeezed
from udfs.drafting import drafted
from workbook_templates.reading import (
    Block,
    Declaration,
    Edition,
    FixedRow,
    Form,
    ListRows,
    Ref,
    TreeRows,
    available_editions,
    load_edition,
    read_edition,
)

_SURE = 90
_ENTRY = re.compile(r"^  \{.*\},(?:\s*# (?:把握|问（把握)(\d+)%.*)?$")

#: A line of a form: what kind of line, and what it says.
Line = tuple[object, ...]
Cell = tuple[str, str, int]
#: A relation: its kind, the rows it runs over, and the cells of its sides.
Canonical = tuple[str, str, frozenset[Cell], frozenset[Cell]]


class Measure(Struct, frozen=True):
    """Lines and relations of the edition, those that the draft has, and what is wrong though said to be sure."""

    lines: int
    right: int
    relations: int
    found: int
    wrong: tuple[Line, ...]

    def __str__(self) -> str:
        return (
            f"{self.right} of {self.lines} lines of forms ({self.right / self.lines:.0%}), "
            f"{self.found} of {self.relations} relations ({self.found / self.relations:.0%}), "
            f"wrong and sure: {len(self.wrong)}"
        )


def drafted_in(folder: Path, form: Path, without: str) -> Edition:
    """What the words of all editions but those of that ending make of a form, read back from its files."""
    known = [load_edition(name) for name in available_editions() if not name.endswith(without)]
    for name, text in drafted(_pages(form), known, load_edition(), folder.name).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return read_edition(folder)


def measure(edition: Edition, draft: Edition) -> Measure:
    """A draft, read from its folder, against the edition that became of it."""
    lines = right = 0
    wrong: list[Line] = []
    pairs = {
        form.code: other.code
        for form in edition.forms
        for other in draft.forms
        if _titles(edition, form) & {squeezed(other.title.format(year="Y"))}
    }
    for form in edition.forms:
        wanted = list(_lines(edition, form))
        lines += len(wanted)
        if form.code not in pairs:
            continue
        other = draft.form(pairs[form.code])
        made = list(_lines(draft, other))
        right += 1 + sum(line in made for line in wanted[1:])  # the first is the title, by which they met
        doubts = _confidences(draft.folder, other)
        entries = [line for line in made if line[0] in ("column", "row")]
        wrong += [line for line, sure in zip(entries, doubts, strict=True) if line not in wanted and sure >= _SURE]
    found: list[list[bool]] = []
    own = {f.code: f.code for f in draft.forms}
    for by_label in (True, False):  # offices word rows each in their own way, and an example may lack some
        drafted = list(_declared(draft, own, by_label=by_label))
        found.append([_has(drafted, one) for one in _declared(edition, pairs, by_label=by_label)])
    return Measure(lines, right, len(found[0]), sum(map(any, zip(*found, strict=True))), tuple(wrong))


def _titles(edition: Edition, form: Form) -> set[str]:
    """What a form may be called, with Y for the year."""
    documents = [d for by in edition.document_words.values() for d in by] or [""]
    return {squeezed(edition.worded(title, "Y", d)) for title in (form.title, *form.titles) for d in documents}


def _confidences(folder: Path, form: Form) -> list[int]:
    """How sure the draft says that it is of each column and each row, in the order of the file."""
    text = (folder / "forms" / f"t{form.number:02d}.toml").read_text(encoding="utf-8")
    return [int(m[1] or 100) for m in map(_ENTRY.match, text.splitlines()) if m]


def _lines(edition: Edition, form: Form) -> Iterator[Line]:
    yield ("title",)
    for number, line in enumerate(form.headings):
        yield "heading", number, tuple(squeezed(edition.worded(text, "Y", "单位")) for text in line)
    for number, block in enumerate(form.blocks):
        yield from (("label", number, label.at, label.shows) for label in block.labels)
        for column in block.columns:
            yield "column", number, column.at, (column.percent if column.change else _meant(block, column.where))
        for row in block.rows:
            yield from _row(number, block, row)


def _row(number: int, block: Block, row: FixedRow | TreeRows | ListRows) -> Iterator[Line]:
    where = _meant(block, row.where)
    if isinstance(row, TreeRows):
        yield "row", number, "tree", row.dimension, row.levels, where
    elif isinstance(row, ListRows):
        yield "row", number, "list", tuple(map(len, row.by_level)), where
    elif row.group:
        # The classes are one line of the file.
        if row.key == next(r.key for r in block.rows if isinstance(r, FixedRow) and r.group):
            yield "row", number, "each", row.group
    else:
        texts = tuple(
            filter(None, map(squeezed, row.texts or (row.label,)))
        )  # 合计 may stand below codes or below names
        yield "row", number, texts, row.at, where


def _meant(block: Block, own: object) -> frozenset[tuple[str, frozenset[str]]]:
    assert isinstance(own, tuple)
    whole = {**dict(block.where), **dict(own)}
    return frozenset((dimension, frozenset(values)) for dimension, values in whole.items())


def _declared(edition: Edition, pairs: dict[str, str], *, by_label: bool) -> Iterator[Canonical]:
    """Every relation, apart for each column and each kind of rows that it runs over."""
    for d in edition.relations:
        for column in d.columns or ("",):
            for rows in d.rows or (None,):
                yield _canonical(edition, pairs, d, column, rows, by_label=by_label)


def _canonical(
    edition: Edition, pairs: dict[str, str], d: Declaration, column: str, over: Ref | None, *, by_label: bool
) -> Canonical:
    def cell(ref: Ref) -> Cell:
        form = edition.form(ref.form)
        key = column if ref.column == "$" else ref.column
        fixed = {r.key: r for b in form.blocks for r in b.rows if isinstance(r, FixedRow)}
        row = ref.rows
        if row in fixed:
            row = squeezed(fixed[row].label) if by_label else _fact(form, fixed[row])
        blocks = [b for b in form.blocks if ref.rows in b.fixed or ref.rows.lstrip("@") in b.lists] or list(form.blocks)
        at = next((c.at for b in [*blocks, *form.blocks] for c in b.columns if c.key == key), 0)
        return pairs.get(ref.form, "?" + ref.form), row, at

    rows = f"{pairs.get(over.form, '?')}[{over.rows}]" if over else ""
    if over and over.rows == "#1" and max(b.depth for b in edition.form(over.form).blocks) == 1:
        rows = rows.replace("#1", "#*")  # the same rows, where there is one level
    sides = [frozenset(map(cell, d.left)), frozenset(map(cell, d.right))]
    if d.kind == "identity":
        sides.sort(key=sorted)  # either side may be written first
    return d.kind, rows, sides[0], sides[1]


def _fact(form: Form, row: FixedRow) -> str:
    """A fixed row by what it means, as offices word it each in their own way; by its label where it says nothing."""
    block = next(b for b in form.blocks if any(r is row for r in b.rows))
    where = _meant(block, row.where)
    said = sorted((d, *sorted(values)) for d, values in where)
    return f"{form.blocks.index(block)} {said}" if row.where else squeezed(row.label)


def _has(drafted: list[Canonical], wanted: Canonical) -> bool:
    """Whether a draft has a relation, or of two cells that are the same figure a chain between them."""
    if wanted in drafted:
        return True
    kind, _, left, right = wanted
    if len(left) != 1 or len(right) != 1 or kind == "bound" or any("$" in c[1] for c in (*left, *right)):
        return False
    links = [left | right for kind, _, left, right in drafted if len(left) == len(right) == 1 and kind != "bound"]
    known = set(left)
    while more := {cell for link in links if link & known for cell in link} - known:
        known |= more
    return right <= known
