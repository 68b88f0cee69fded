"""The rows of a foreign table: codes in one column or several, names cut by page breaks, amounts as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct, field

from udfs.base import Shown, half_up, is_blank, is_note, squeezed, to_decimal
from udfs.foreign.headings import Grid, is_number, likeness
from udfs.foreign.row_texts import ORDINAL, Amount, label_texts, read_amount, stem, tidy, whole_code
from udfs.tables import name_of_class
from workbook_templates.reading import Block, Edition, FixedRow, Form, ListRows, TreeRows

#: Begins a line of signatures or pages under a table.
_FOOT = re.compile(
    r"(单位|部门|财务)?(负责人|审核|复核|制表|填报|填表|编制人|经办|联系|打印|日期|法定代表人|主管)|第\d+页"
)
#: A code and its name in one cell.
_CODE_AND_NAME = re.compile(r"(\d{3}(?:\d{2}){0,3})[-_\s]*(\D.*)")
_TOTALS = {"合计", "总计"}
#: What a blank form leaves of a numbered row.
_BLANK_NUMBER = re.compile(r"[（(]?(?:[一二三四五六七八九十]+|\d{1,2})[）)、.．]*[….·。]*")
#: A label that is this like an official one is taken for it, and said to be.
_LIKE = 0.8


class ForeignRow(Struct, frozen=True):
    """A row as taken over: what its label columns show, its amounts (a text where it is no number), whether fixed."""

    key: str
    texts: tuple[str, ...]
    amounts: tuple[Amount, ...]
    row: int  #: row in the source (from 1)


class Lacking(str):
    """A remark that rows of a table are not there. Where a table comes in pages, another page may have them."""

    __slots__ = ()


class ForeignBlock(Struct):
    """The rows of a block, and what is to be said of them."""

    block: Block
    rows: list[ForeignRow] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    as_text: int = 0  #: amounts that were stored as text
    zeros: int = 0  #: amounts of zero, taken for nothing
    divided: int = 0  #: amounts that a number format shows divided
    seen: str = ""  #: an example of these
    nameless: list[int] = field(default_factory=list)  #: rows (from 1) with amounts and without code or label


class RowReader:
    """Reads the body of one table, block by block. `at`: foreign column (from 0) of each official one."""

    def __init__(
        self, edition: Edition, form: Form, at: Mapping[tuple[str, str], int], factor: Decimal, unit: Decimal
    ) -> None:
        """`unit`: yuan in one of the unit of measure that the table says; `factor`: what makes it the form's."""
        self.edition = edition
        self.form = form
        self.at = at
        self.factor = factor
        self.unit = unit
        self.notes: list[str] = []
        self.shown: set[str] = set()  # the labels of the block that is read

    def read(self, grid: Grid, rows: Sequence[int]) -> list[ForeignBlock]:
        """All blocks. `rows`: indices (from 0) of the body's rows in the grid."""
        bounds = self._label_areas()
        kept = [r for r in rows if not self._is_note(grid[r])]
        return [self._block(block, grid, kept, *bounds[block.name]) for block in self.form.blocks]

    def _is_note(self, line: Sequence[Any]) -> bool:
        first = next((v for v in line if not is_blank(v)), None)
        if first is not None and is_note(first):
            self.notes.append(tidy(first))
            return True
        return _FOOT.match(squeezed(first)) is not None and not any(is_number(v) for v in line)

    def _label_areas(self) -> dict[str, tuple[int, int]]:
        """For every block the foreign columns, from and up to, in which its labels lie."""
        result: dict[str, tuple[int, int]] = {}
        start = 0
        for block in sorted(self.form.blocks, key=lambda b: b.first_column):
            columns = [self.at[block.name, c.key] for c in block.columns if (block.name, c.key) in self.at]
            first = min(columns, default=start)
            result[block.name] = (start, first)
            start = max(columns, default=start) + 1
        return result

    def _block(self, block: Block, grid: Grid, rows: Sequence[int], start: int, end: int) -> ForeignBlock:
        out = ForeignBlock(block)
        families = [r for r in block.rows if not isinstance(r, FixedRow)]
        fixed = [r for r in block.rows if isinstance(r, FixedRow)]
        family = families[0] if families else None
        codes, names = self._label_columns(block, grid, rows, start, end)
        places = list(range(start, end))
        blank = [c for c in places if not any(c < len(grid[r]) and not is_blank(grid[r][c]) for r in rows)]
        while block.own_levels and blank and len(places) > len(block.labels):
            places.remove(blank.pop(0))  # the margin of a table that does not begin in the first column
        taken: set[str] = set()
        carried: list[str] = []
        shown = {squeezed(tidy(v)) for r in rows for v in grid[r][start:end] if isinstance(v, str) and not is_blank(v)}
        self.shown = shown | {stem(text) for text in shown}
        for r in rows:
            line = grid[r]
            labels = [tidy(line[c]) if c < len(line) else "" for c in places]
            amounts = self._amounts(block, line, out)
            if aside := self._aside(block, line, taken):
                taken.add(aside.key)
                out.rows.append(ForeignRow(aside.key, aside.shown(len(block.labels)), amounts, r + 1))
                continue
            if not any(labels) and (all(a is None for a in amounts) or block.labels):
                if any(a is not None for a in amounts) and not self._bare(block, fixed, taken):
                    out.remarks.append(f"第{r + 1}行有金额而没有科目或项目名称，没有导入")
                    out.nameless.append(r + 1)
                    continue
                if all(a is None for a in amounts):
                    continue
            row = self._fixed(block, fixed, labels, taken, bare=not any(labels))
            if row is not None and not (
                isinstance(family, ListRows) and stem(row.label) not in _TOTALS and not row.label
            ):
                taken.add(row.key)
                self._say_label(out, r, row, labels)
                out.rows.append(ForeignRow(row.key, row.shown(len(block.labels)), amounts, r + 1))
                continue
            if family is None:
                if any(a is not None for a in amounts):
                    text = next((t for t in labels if t), "")
                    out.remarks.append(f"第{r + 1}行“{text}”不是本表规定的行，金额没有导入")
                continue
            if block.own_levels:
                self._listed(block, out, r, labels, amounts)
                continue
            cells = [tidy(line[c]) if c < len(line) else "" for c in (*codes, *names)]
            self._unfolded(block, family, out, r, cells, len(codes), amounts, carried)
        self._missing(out, fixed, taken)
        if out.divided:
            out.remarks.append(f"{out.divided}个金额由单元格格式缩小显示，{out.seen}，请核对")
        return out

    def _aside(self, block: Block, line: Sequence[Any], taken: set[str]) -> FixedRow | None:
        """The row of a block whose label stands on this line in a column that is none of the block's."""
        free = [r for r in block.asides.values() if r.key not in taken]
        texts = {squeezed(tidy(v)) for v in line if isinstance(v, str) and not is_blank(v)} if free else set()
        return next((r for r in free if squeezed(r.label) in texts), None)

    def _listed(
        self, block: Block, out: ForeignBlock, r: int, labels: Sequence[str], amounts: tuple[Amount, ...]
    ) -> None:
        """A row of a list in which each level has text columns of its own; a heading is the columns' of its level."""
        texts = tuple([*labels, *[""] * len(block.labels)][: len(block.labels)])
        if out.rows and all(a is None for a in amounts):
            last = out.rows.pop()  # the rest of texts that a page break cut
            texts = tuple(a + b for a, b in zip(last.texts, texts, strict=True))
            out.rows.append(ForeignRow("/".join(texts), texts, last.amounts, last.row))
            return
        out.rows.append(ForeignRow("/".join(texts), texts, amounts, r + 1))

    def _bare(self, block: Block, fixed: Sequence[FixedRow], taken: set[str]) -> bool:
        return any(not r.label and r.key not in taken for r in fixed) or not block.labels

    def _label_columns(
        self, block: Block, grid: Grid, rows: Sequence[int], start: int, end: int
    ) -> tuple[list[int], list[int]]:
        """Foreign columns of codes, and of names."""
        filled = {
            c: [squeezed(grid[r][c]) for r in rows if c < len(grid[r]) and not is_blank(grid[r][c])]
            for c in range(start, end)
        }
        coded = {c: sum(is_number(t) for t in texts) for c, texts in filled.items()}
        codes = [
            c for c, texts in filled.items() if texts and coded[c] >= 0.6 * len([t for t in texts if t not in _TOTALS])
        ]
        codes = [c for c in codes if coded[c]] if block.code_column else []
        # Names stand right of the codes; a column of running numbers before names is none of ours.
        names = [c for c, texts in filled.items() if texts and c not in codes and coded[c] < 0.6 * len(texts)]
        wanted = [label for label in block.labels if not (label.shows == "code" or label.shows.startswith("part"))]
        if codes:
            after = [c for c in names if c > max(codes)]
            names = after or [c for c in names if any(t not in _TOTALS for t in filled[c])]
        return codes, names[: len(wanted)]

    def _amounts(self, block: Block, line: Sequence[Any], out: ForeignBlock) -> tuple[Amount, ...]:
        result: list[Amount] = []
        for column in block.columns:
            c = self.at.get((block.name, column.key), -1)
            value = line[c] if 0 <= c < len(line) else None
            amount, as_text = read_amount(value)
            if isinstance(value, Shown) and value.scale != 1:
                amount = self._as_seen(value, out)
            if isinstance(amount, Decimal):
                amount *= self.factor
                if self.form.own_place and not amount:
                    amount = None
                    out.zeros += 1
            out.as_text += as_text
            result.append(amount)
        return tuple(result)

    def _as_seen(self, value: Shown, out: ForeignBlock) -> Decimal:
        """An amount that its number format divides: what is printed counts.

        Where the format divides by another number than the table's unit of measure, what is stored is yuan.
        """
        if value.scale == self.unit:
            amount = Decimal(re.sub(r"[^\d.\-]", "", value.text))
        else:
            amount = half_up(to_decimal(float(value)) / self.unit)
        if not out.seen:
            stored = f"{float(value):.15g}"
            out.seen = f"如存储的{stored}，单元格显示为{value.text}，按{amount:f}导入"
        out.divided += 1
        return amount

    def _fixed(
        self, block: Block, fixed: Sequence[FixedRow], labels: Sequence[str], taken: set[str], *, bare: bool
    ) -> FixedRow | None:
        free = [r for r in fixed if r.key not in taken]
        if bare:
            return next((r for r in free if not r.label), None)
        texts = [t for t in labels if t]
        if block.code_column and any(is_number(t) for t in texts):
            return None
        if any(r.texts for r in free):
            return self._of_several(fixed, texts, taken)
        text = texts[0]
        free = [r for r in free if not r.at or squeezed(r.label) == squeezed(text)]
        same = [r for r in free if r.label and squeezed(r.label) == squeezed(text)]
        same = same or [r for r in free if r.label and stem(r.label) == stem(text)]
        same = same or [r for r in free if r.group and stem(text) in self._names_of(r)]
        if same:
            return same[0]
        unfolds = any(not isinstance(r, FixedRow) for r in block.rows)
        if unfolds:
            total = [r for r in free if stem(r.label).endswith("合计") and stem(text).endswith("合计")]
            return total[0] if total and likeness(stem(total[0].label), stem(text)) >= 0.6 else None
        # A label that stands on another row as it should is that row's, however like it this one is.
        loose = [r for r in free if r.label and not {squeezed(r.label), stem(r.label)} & self.shown]
        ranked = sorted(((likeness(stem(r.label), stem(text)), r) for r in loose), key=lambda p: -p[0])
        if ranked and ranked[0][0] >= _LIKE and (len(ranked) == 1 or ranked[0][0] > ranked[1][0]):
            return ranked[0][1]
        return None

    def _names_of(self, row: FixedRow) -> set[str]:
        """What the code of a row from a list is or was called."""
        codes = self.edition.codes
        former = {code: name for name, code in codes.former_names.items()}
        found = set()
        for dimension, values in row.where:
            known = codes.by_name.get(self.edition.classified.get(dimension, ""), {})
            for code in (v.rstrip("*") for v in values):
                found |= {stem(names[code]) for names in (known, former) if code in names}
        return found

    def _of_several(self, fixed: Sequence[FixedRow], texts: Sequence[str], taken: set[str]) -> FixedRow | None:
        """Among rows with a text for each label column the one meant: such a column may speak for rows below it.

        Rows are read from above: what could be several is the first below the row taken last.
        """
        heads: dict[str, str] = {}
        head = ""
        for row in fixed:
            head = next(iter(row.texts), "") or head
            heads[row.key] = stem(head)
        last = max((n for n, r in enumerate(fixed) if r.key in taken), default=-1)
        free = [r for r in (*fixed[last + 1 :], *fixed[: last + 1]) if r.key not in taken]
        own, above = stem(texts[-1]), {stem(t) for t in texts[:-1]}

        def known(wanted: str) -> bool:
            # A label that stands on another row as it should is that row's, however like it this one is.
            return wanted == own or (wanted not in self.shown and likeness(wanted, own) >= _LIKE)

        ends = [r for r in free if known(stem(next((t for t in reversed(r.texts or (r.label,)) if t), "")))]
        under = [r for r in ends if above and any(likeness(heads[r.key], a) >= _LIKE for a in above)]
        first = [r for r in free if r.texts and r.texts[0] and known(stem(r.texts[0]))]
        exact = [r for r in under or ends if stem((r.texts or (r.label,))[-1]) == own]
        return next(iter(exact or under or ends or first), None)

    def _say_label(self, out: ForeignBlock, r: int, row: FixedRow, labels: Sequence[str]) -> None:
        text = next((t for t in labels if t), "")
        if text and not row.texts and stem(text) != stem(row.label):
            out.remarks.append(f"第{r + 1}行“{text}”按“{row.label}”导入")

    def _missing(self, out: ForeignBlock, fixed: Sequence[FixedRow], taken: set[str]) -> None:
        if not out.rows:
            return
        lacking = [r.label for r in fixed if r.key not in taken and r.label and not r.only and not r.group]
        if lacking:
            out.remarks.append(Lacking(f"没有“{'”“'.join(lacking)}”这一行"))

    def _unfolded(
        self,
        block: Block,
        family: TreeRows | ListRows,
        out: ForeignBlock,
        r: int,
        cells: Sequence[str],
        coded: int,
        amounts: tuple[Amount, ...],
        carried: list[str],
    ) -> None:
        """One row of a tree or a list."""
        pieces, names = list(cells[:coded]), list(cells[coded:])
        nothing = all(a is None for a in amounts)
        if block.code_column and isinstance(family, TreeRows):
            if not any(pieces) and names and (both := _CODE_AND_NAME.fullmatch(names[0])):
                pieces, names = [both[1]], [both[2], *names[1:]]
            if not any(pieces):
                if nothing and any(names) and out.rows and out.rows[-1].key.isdigit():
                    last = out.rows.pop()  # the rest of a name that a page break cut
                    joined = [a + b for a, b in zip(last.texts[-len(names) :], names, strict=True)]
                    out.rows.append(ForeignRow(last.key, (*last.texts[: -len(names)], *joined), last.amounts, last.row))
                elif not nothing:
                    named = f"“{names[0]}”" if any(names) else ""
                    out.remarks.append(f"第{r + 1}行{named}没有科目编码")
                    out.nameless.append(r + 1)
                    texts = label_texts(block, family, "", names)
                    out.rows.append(ForeignRow("", texts, amounts, r + 1))
                return
            if nothing and not any(is_number(p) for p in pieces):
                self.notes.append("".join(pieces))  # words between tables, no code and no amount
                return
            code = whole_code(pieces, family.levels, carried)
            out.rows.append(ForeignRow(code, label_texts(block, family, code, names), amounts, r + 1))
            return
        if not any(names):
            return
        text = names[0]
        if nothing and (not stem(text).strip("….·。、-—_（）() ") or _BLANK_NUMBER.fullmatch(squeezed(text))):
            return  # a row of the blank form: 二、 or 三、…
        if nothing and isinstance(family, TreeRows) and "numbered" not in block.shows:
            out.remarks.append(f"第{r + 1}行“{names[0]}”没有金额")
        if "numbered" in block.shows and isinstance(family, TreeRows):
            text = self._class(family, out, r, text)
        shown = [text, *names[1:]]
        shown += [""] * (len(block.labels) - len(shown))
        out.rows.append(ForeignRow(text, tuple(shown[: len(block.labels)]), amounts, r + 1))

    def _class(self, family: TreeRows, out: ForeignBlock, r: int, text: str) -> str:
        """A class by its name, where it is an official one or unmistakably like one."""
        codes = self.edition.codes
        known = codes.by_name.get(self.edition.classified.get(family.dimension, ""), {})
        if name_of_class(known, codes.former_names, text):
            return text
        length = family.levels[0]
        coded = _CODE_AND_NAME.fullmatch(text)
        if coded and stem(known.get(coded[1], "")) == stem(coded[2]):
            return coded[2]
        ranked = sorted(
            ((likeness(stem(n), stem(text)), n) for c, n in known.items() if len(c) == length), reverse=True
        )
        if len(ranked) > 1 and ranked[0][0] >= _LIKE and ranked[0][0] - ranked[1][0] >= 0.1:
            out.remarks.append(f"第{r + 1}行“{text}”按“{ranked[0][1]}”导入")
            number = ORDINAL.match(squeezed(text))
            return f"{number[0] if number else ''}{ranked[0][1]}"
        out.remarks.append(f"第{r + 1}行“{text}”不是科目表中的类级科目")
        return text


def all_amounts(blocks: Sequence[ForeignBlock]) -> Iterator[Decimal]:
    """Every amount of a table that is a number other than zero."""
    for block in blocks:
        for row in block.rows:
            yield from (a for a in row.amounts if isinstance(a, Decimal) and a)
