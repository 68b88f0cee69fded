"""The form of one official table: headings, blocks of rows and columns, each with the filter it stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from workbook_templates.addresses import Area, defined_name
from workbook_templates.reading.errors import EditionError

#: A filter: for each dimension the values it accepts; a value that ends in ``*`` is a prefix. All must hold.
Filter = tuple[tuple[str, tuple[str, ...]], ...]

#: Units of measure that a table may be in.
MEASURES = ("万元", "元")

#: Rows above the headings: the title and the line that names the unit and the unit of measure.
ROWS_ABOVE_HEADINGS = 2

#: Height of a row with one line of text, in points: the default height of every sheet of the template.
LINE_HEIGHT = 20.0


class Label(Struct, frozen=True):
    """A text column of a block: the sheet column (from 1) and what it shows of a row."""

    at: int
    #: label, code, name or beside; part1, part2 …: the piece of the code that a level adds; numbered: 一、 and the name
    shows: str


class Column(Struct, frozen=True):
    """An amount column of a block: the sheet column (from 1), its key and its filter."""

    at: int
    key: str
    where: Filter
    aliases: tuple[str, ...] = ()  #: what other offices call it


class FixedRow(Struct, frozen=True):
    """A row that always stands, or only in the circumstances that `only` names."""

    key: str
    label: str
    where: Filter
    line: int | None = None  #: line of the body (from 1); the next one where not said
    bottom: bool = False  #: below all other rows, on one line with the bottom row of the block beside it
    only: str | None = None
    group: str = ""  #: the list that the row comes from
    center: bool = False  #: the label is centred over all label columns


class TreeRows(Struct, frozen=True):
    """A row for every code used and for each of its parents, in code order."""

    dimension: str
    levels: tuple[int, ...]
    where: Filter
    beside: str | None = None  #: a second dimension that splits the rows of the deepest level


class ListRows(Struct, frozen=True):
    """A row for every value of the first dimension used, below it one for every value of the next, in ledger order."""

    dimensions: tuple[str, ...]
    where: Filter


RowFamily = FixedRow | TreeRows | ListRows


class Block(Struct, frozen=True, dict=True):
    """Rows and columns that belong together; a form has one, or two side by side."""

    name: str
    labels: tuple[Label, ...]
    columns: tuple[Column, ...]
    rows: tuple[RowFamily, ...]
    where: Filter
    last: int = 0  #: line of the bottom row (from 1) while no other rows stand than those that always do

    @cached_property
    def shows(self) -> tuple[str, ...]:
        """What each label column shows."""
        return tuple(label.shows for label in self.labels)

    @cached_property
    def first_column(self) -> int:
        """The sheet column (from 1) of its first label, or of its first amount where it has no labels."""
        return self.labels[0].at if self.labels else self.columns[0].at

    @cached_property
    def code_column(self) -> int:
        """The sheet column (from 1) in which its codes begin; 0 where it shows none."""
        return next((label.at for label in self.labels if label.shows == "code" or label.shows.startswith("part")), 0)

    def fixed_lines(self) -> Iterator[tuple[int, FixedRow]]:
        """The rows that stand even without data, each with its line of the body (from 1)."""
        line = 0
        for row in self.rows:
            if isinstance(row, FixedRow) and not row.only:
                line = self.last if row.bottom else row.line or line + 1
                yield line, row


class Look(Struct, frozen=True):
    """A row look (total, class) and the condition under which it holds, a formula with ``{row}``."""

    when: str
    style: str


class Form(Struct, frozen=True):
    """One official table as data.

    `headings` is a grid of texts in which ``<`` continues the cell at the left and ``^`` the cell above.
    """

    code: str
    sheet: str
    number: int
    title: str
    orientation: str
    widths: tuple[float, ...]
    headings: tuple[tuple[str, ...], ...]
    looks: tuple[Look, ...]
    blocks: tuple[Block, ...]
    measure: str = "万元"
    own_place: bool = False  #: the last place of its amounts is the finest that they show, not always two decimals
    empty_note: str = ""  #: what stands under it without data, where the edition's own note does not fit

    def filters_by(self, dimension: str) -> bool:
        """Whether some of its amounts are chosen by that dimension."""
        parts = [part for block in self.blocks for part in (block, *block.rows, *block.columns)]
        return any(dimension == key for part in parts for key, _ in part.where)

    def place(self, names: Mapping[str, Area]) -> tuple[str, int, int]:
        """Sheet, first row and first column of the table in a workbook with these defined names; A1 where none says."""
        return names.get(defined_name(self.code), (self.sheet, 1, 1, 1, 1))[:3]

    @property
    def width(self) -> int:
        """Number of printed columns."""
        return len(self.widths)

    @property
    def bare_lines(self) -> int:
        """Lines of the body that stand without a label: empty lines, where nothing is filled in."""
        return max((line for block in self.blocks if not block.labels for line, _ in block.fixed_lines()), default=0)

    @property
    def first_body_row(self) -> int:
        """Sheet row (from 1) of the first row under the headings."""
        return ROWS_ABOVE_HEADINGS + len(self.headings) + 1

    def heading_merges(self) -> Iterator[tuple[int, int, int, int]]:
        """Merged heading cells as (first row, first column, last row, last column) in sheet rows and columns from 1."""
        grid = self.headings
        for r, line in enumerate(grid):
            for c, text in enumerate(line):
                if text in ("<", "^"):
                    continue
                right = c
                while right + 1 < len(line) and line[right + 1] == "<":
                    right += 1
                down = r
                while down + 1 < len(grid) and grid[down + 1][c] == "^":
                    down += 1
                if right > c or down > r:
                    top = ROWS_ABOVE_HEADINGS + 1
                    yield top + r, c + 1, top + down, right + 1


def parse_filter(raw: Mapping[str, Any], groups: Mapping[str, tuple[str, ...]], place: str) -> Filter:
    """Filter from its written form; ``"@name"`` stands for the values of a group."""
    result: list[tuple[str, tuple[str, ...]]] = []
    for dimension, value in raw.items():
        if isinstance(value, str) and value.startswith("@"):
            if value[1:] not in groups:
                raise EditionError(f"{place}：没有名为“{value[1:]}”的分组（groups）")
            result.append((dimension, groups[value[1:]]))
        elif isinstance(value, str):
            result.append((dimension, (value,)))
        elif isinstance(value, list) and all(isinstance(v, str) for v in value):
            result.append((dimension, tuple(value)))
        else:
            raise EditionError(f"{place}：筛选条件“{dimension}”应为文字或文字列表")
    return tuple(result)


class FormReader:
    """Reads one form's TOML; every mistake names the file and the place in it."""

    def __init__(
        self,
        raw: Mapping[str, Any],
        place: str,
        groups: Mapping[str, tuple[str, ...]],
        lists: Mapping[str, tuple[Mapping[str, str], ...]],
        measure: str = "万元",
        *,
        own_place: bool = False,
    ) -> None:
        self.measure = measure
        self.own_place = own_place
        self.raw = raw
        self.place = place
        self.groups = groups
        self.lists = lists

    def read(self) -> Form:
        """The whole form."""
        raw = self.raw
        for key in ("code", "sheet", "number", "title", "widths", "headings", "blocks"):
            if key not in raw:
                raise EditionError(f"{self.place}：缺少“{key}”")
        widths = tuple(float(w) for w in raw["widths"])
        headings = tuple(tuple(line) for line in raw["headings"])
        for number, line in enumerate(headings, 1):
            if len(line) != len(widths):
                raise EditionError(f"{self.place}：headings 第{number}行有{len(line)}列，widths 有{len(widths)}列")
        blocks = tuple(self._block(b, number) for number, b in enumerate(raw["blocks"], 1))
        standing = [sum(isinstance(r, FixedRow) and not r.bottom and not r.only for r in b.rows) for b in blocks]
        blocks = tuple(replace(block, last=max(standing) + 1) for block in blocks)
        measure = str(raw.get("unit_of_measure", self.measure))
        if measure not in MEASURES:
            raise EditionError(f"{self.place}：金额单位“{measure}”不能使用，只能是：{'、'.join(MEASURES)}")
        taken: dict[int, str] = {}
        for block in blocks:
            for at in [label.at for label in block.labels] + [column.at for column in block.columns]:
                if not 1 <= at <= len(widths):
                    raise EditionError(f"{self.place}：第{at}列超出表宽（{len(widths)}列）")
                if at in taken:
                    raise EditionError(f"{self.place}：第{at}列被两个栏目占用")
                taken[at] = block.name
        return Form(
            code=str(raw["code"]),
            sheet=str(raw["sheet"]),
            number=int(raw["number"]),
            title=str(raw["title"]),
            orientation=str(raw.get("orientation", "portrait")),
            widths=widths,
            headings=headings,
            looks=tuple(Look(look["when"], look["style"]) for look in raw.get("looks", [])),
            blocks=blocks,
            measure=measure,
            own_place=self.own_place,
            empty_note=str(raw.get("empty_note", "")),
        )

    def _block(self, raw: Mapping[str, Any], number: int) -> Block:
        place = f"{self.place} blocks 第{number}项"
        for key in ("name", "labels", "columns", "rows"):
            if key not in raw:
                raise EditionError(f"{place}：缺少“{key}”")
        rows: list[RowFamily] = []
        for row in raw["rows"]:
            rows.extend(self._rows(row, place))
        return Block(
            name=str(raw["name"]),
            labels=tuple(Label(int(item["at"]), str(item["shows"])) for item in raw["labels"]),
            columns=tuple(
                Column(
                    int(c["at"]),
                    str(c["key"]),
                    self._filter(c.get("where", {}), place),
                    tuple(str(text) for text in c.get("aliases", ())),
                )
                for c in raw["columns"]
            ),
            rows=tuple(rows),
            where=self._filter(raw.get("where", {}), place),
        )

    def _rows(self, raw: Mapping[str, Any], place: str) -> Iterator[RowFamily]:
        where = raw.get("where", {})
        if "tree" in raw:
            levels = tuple(int(n) for n in raw["levels"])
            yield TreeRows(str(raw["tree"]), levels, self._filter(where, place), raw.get("beside"))
        elif "list" in raw:
            yield ListRows(tuple(str(d) for d in raw["list"]), self._filter(where, place))
        elif "each" in raw:
            if raw["each"] not in self.lists:
                raise EditionError(f"{place}：没有名为“{raw['each']}”的清单（lists）")
            for item in self.lists[raw["each"]]:
                filled = {k: v.format(**item) if isinstance(v, str) else v for k, v in where.items()}
                key = item.get("code", item["label"])
                yield FixedRow(key, item["label"], self._filter(filled, place), group=str(raw["each"]))
        elif "label" in raw:
            yield FixedRow(
                key=str(raw.get("key", raw["label"])),
                label=str(raw["label"]),
                where=self._filter(where, place),
                line=raw.get("line") if raw.get("line") != "bottom" else None,
                bottom=raw.get("line") == "bottom",
                only=raw.get("only"),
                center=bool(raw.get("center", False)),
            )
        else:
            raise EditionError(f"{place}：rows 的每一项应有 label、tree、list 或 each 之一")

    def _filter(self, raw: Mapping[str, Any], place: str) -> Filter:
        return parse_filter(raw, self.groups, place)
