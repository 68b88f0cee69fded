"""Tables in a foreign workbook, known by title, headings and row labels: what was found, how surely, and what was not.

    >>> found = recognise(edition, {"Sheet1": grid})
    >>> [(t.form.sheet, t.sheet, t.confidence) for t in found.tables]
    [('表三', 'Sheet1', 1.0)]

Sheet names and fixed cells say nothing. What two forms could both be is no table of either: it is asked about.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct, field

from udfs.base import YUAN, address, is_blank, plain, squeezed
from udfs.foreign.headings import (
    Columns,
    Grid,
    bare,
    column_paths,
    is_heading_row,
    is_number,
    likeness,
    match_columns,
    texts_of,
)
from udfs.foreign.rows import ForeignBlock, Lacking, RowReader, all_amounts
from workbook_templates.reading import Edition, FixedRow, Form

_YEAR = re.compile(r"(20\d{2})\s*(?:年|预算)")
_MEASURE = re.compile(r"(?:单位[：:]|[（(])\s*(?:人民币)?(万元|千元|元)")
_NAME = re.compile(
    r"(?:编制单位|单位名称|预算单位|填报单位|编制部门|部门名称|预算主管部门|预算部门|公开部门|填报部门|部门/单位|(?<!主管)部门|单位)[：:]\s*(.+?)\s*(?:金额单位|单位[：:]|[（(]?金额|$)"
)
_PAGE = re.compile(r"[—\-－ ]*第?\s*\d+\s*页?(共\d+页)?[—\-－ ]*|\[p\d+\]")
#: Words of titles that differ between kinds of documents.
_DOCUMENT = re.compile(
    r"预算单位|预算部门|单位|部门|[省市区县]级|本级|年度|[（(]?续表?\d*[）)]?$|预算公开表?\d*|公开\d+表|附[表件]\d*|[：:]"
)
#: A line that gives a form its number and says nothing else: 公开表一, 部门公开表1, 附件2-1.
NUMBER_LINE = re.compile(
    r"[（(]?(部门|单位)?(预算|收支)?(公开)?[表件附]{0,2}[一二三四五六七八九十\d]+([-—.][一二三四五六七八九十\d]+)?表?[:：）)]?"
)
#: Words of titles of other documents than a budget's tables.
_OTHER_DOCUMENT = re.compile(r"决算|执行情况|调整预算|预算调整|绩效自评")
#: Rows above a heading in which title, unit and measure may stand.
_ABOVE = 12
_YUAN = YUAN

#: A unit's budget in yuan lies between these.
_LEAST_BUDGET, _LARGEST_BUDGET = Decimal(10_000), Decimal(50_000_000_000)

#: A title this like an official one is that title, if no other is nearly as like.
_TITLE, _MARGIN = 0.82, 0.04
#: How well a title fits one that differs from it only by what stands in brackets behind it.
_WITHOUT = 0.93
_IN_BRACKETS = re.compile(r"[（(][^（()）]*[)）]$")
#: More rows without a code than this share say that the codes were not found.
_FEW = 0.2
#: Without a title the headings must fit at least so well, and better than any other form's.
_HEADINGS = 0.85


class Segment(Struct, frozen=True):
    """A stretch of a sheet that looks like a table: rows (from 0) of title, headings and body."""

    sheet: str
    above: tuple[int, ...]
    band: tuple[int, ...]
    body: tuple[int, ...]
    title: str

    @property
    def place(self) -> str:
        """Where it begins."""
        return f"{self.sheet}!{address(min((*self.above, *self.band)) + 1, 1)}"


class FoundTable(Struct):
    """A table that was recognised. `confidence`: 0 to 1; `factor`: what its amounts were multiplied by."""

    form: Form
    segment: Segment
    title_fit: float
    columns: Columns
    year: str
    unit: str
    measure: str
    factor: Decimal
    blocks: list[ForeignBlock]
    notes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    contradiction: str = ""  #: the unit of measure that the source names although its figures are in another

    @property
    def sheet(self) -> str:
        """The source's sheet."""
        return self.segment.sheet

    @property
    def confidence(self) -> float:
        """How surely it is that table: by title and headings, less where something was left over."""
        total = len(self.columns.at) + len(self.columns.missing)
        fit = self.columns.fit * total / max(1, len(self.columns.at))
        sure = 0.6 * self.title_fit + 0.4 * fit if self.title_fit else 0.8 * fit
        return round(max(0.0, sure - 0.02 * len(self.columns.missing) - 0.02 * len(self.remarks)), 2)

    @property
    def rows(self) -> int:
        """Rows taken over."""
        return sum(len(b.rows) for b in self.blocks)


class Recognition(Struct, frozen=True):
    """What was recognised, what was not and why, and stretches that are tables but none of the edition's."""

    edition: Edition
    tables: tuple[FoundTable, ...]
    missing: Mapping[str, str]  #: code of each form without a table → why, in Chinese
    unplaced: tuple[str, ...]
    year: str
    unit: str
    document: str

    @property
    def score(self) -> float:
        """Share of the edition's forms that were found, weighed by confidence."""
        return sum(t.confidence for t in self.tables) / len(self.edition.forms)


def recognise(edition: Edition, grids: Mapping[str, Grid]) -> Recognition:
    """Every table of the edition that the sheets hold."""
    claims: dict[str, list[FoundTable]] = {}
    unplaced: list[str] = []
    reasons: dict[str, list[str]] = {}
    for sheet, grid in grids.items():
        for segment in _segments(edition, sheet, grid):
            found, why, candidates = _identify(edition, grid, segment)
            if found is None:
                if not why and _holds_amounts(grid, segment.body):
                    why = "表头与各表都不相符，没有导入"
                if why:
                    unplaced.append(f"{segment.place}：{why}")
                    for code in candidates:
                        reasons.setdefault(code, []).append(f"{segment.place}{why}")
                continue
            claims.setdefault(found.form.code, []).append(found)
    tables: list[FoundTable] = []
    for form in edition.forms:
        own, beaten = _by_title(claims.get(form.code, []))
        kept = _one_of(own)
        if kept is not None:
            tables.append(kept)
            unplaced += [
                f"{table.segment.place}：表头像{form.sheet}，而{form.sheet}取自{kept.segment.place}，没有导入"
                for table in beaten
            ]
            empty = [t.segment.place for t in own if t is not kept and not any(all_amounts(t.blocks))]
            if empty and any(all_amounts(kept.blocks)):
                kept.remarks.append(f"{'、'.join(empty)}是同一张表而没有金额，没有采用")
        elif own:
            places = "、".join(t.segment.place for t in own)
            reasons[form.code] = [f"有{len(own)}处都像是本表而内容不同（{places}），无法确定用哪一处，请只保留一处"]
    told = {t.sheet for t in tables} | {sentence.rpartition("!")[0] for sentence in unplaced}
    told |= {sentence.split("!", 1)[0] for sentence in unplaced}
    unplaced += [
        f"{sheet}：没有与各表相符的表头，没有导入"
        for sheet, grid in grids.items()
        if sheet not in told and _holds_amounts(grid, range(len(grid)))
    ]
    found_codes = {t.form.code for t in tables}
    missing = {
        f.code: "；".join(reasons.get(f.code, [])) or "文件中没有找到标题或表头与它相符的表格"
        for f in edition.forms
        if f.code not in found_codes
    }
    _settle_measures(tables)
    years = Counter(t.year for t in tables if t.year)
    units = Counter(t.unit for t in tables if t.unit)
    year = years.most_common(1)[0][0] if years else _year_of_texts(grids)
    documents = Counter(_document(edition, t) for t in tables)
    documents.pop("", None)
    usual = documents.most_common(1)[0][0] if documents else ""
    for table in tables:
        kind = _document(edition, table)
        if kind and kind != usual:
            table.remarks.append(f"标题是{kind}的写法，其他表是{usual}的写法")
    return Recognition(
        edition=edition,
        tables=tuple(tables),
        missing=missing,
        unplaced=tuple(unplaced),
        year=year,
        unit=units.most_common(1)[0][0] if units else "",
        document=usual,
    )


def _holds_amounts(grid: Grid, rows: Sequence[int]) -> bool:
    return any(is_number(v) for r in rows for v in grid[r])


def _by_title(claims: Sequence[FoundTable]) -> tuple[list[FoundTable], list[FoundTable]]:
    """The claims on a form that its title makes, and those that only headings make beside them."""
    titled = [t for t in claims if t.title_fit]
    if not titled:
        return list(claims), []
    return titled, [t for t in claims if not t.title_fit]


def _one_of(claims: Sequence[FoundTable]) -> FoundTable | None:
    """The one table among those that claim a form; None where they differ."""
    if len(claims) < 2:
        return claims[0] if claims else None
    filled = [t for t in claims if any(all_amounts(t.blocks))]
    if len(filled) == 1:
        return filled[0]
    if _are_pages(claims):
        first, *others = claims
        for part, *more in zip(first.blocks, *(t.blocks for t in others), strict=True):
            for page in more:
                part.rows += page.rows
                part.as_text += page.as_text
                part.zeros += page.zeros
        told = [r for t in claims for r in t.remarks if not isinstance(r, Lacking)]
        first.remarks[:] = [*dict.fromkeys(told), f"由{'、'.join(t.segment.place for t in claims)}合并"]
        return first
    contents = [[(r.texts, r.amounts) for b in t.blocks for r in b.rows] for t in claims]
    if all(content == contents[0] for content in contents):
        claims[0].remarks.append(f"在{'、'.join(t.segment.place for t in claims[1:])}重复出现，内容相同")
        return claims[0]
    return None


def _are_pages(claims: Sequence[FoundTable]) -> bool:
    """Whether tables are the pages of one: the same columns, no row on two of them, one total in all."""
    if len({tuple(sorted(t.columns.at)) for t in claims}) > 1 or len({t.factor for t in claims}) > 1:
        return False
    keys = [[(b.block.name, r.key) for b in t.blocks for r in b.rows] for t in claims]
    if any(not own for own in keys) or len({key for own in keys for key in own}) < sum(map(len, keys)):
        return False
    fixed = {r.key for b in claims[0].form.blocks for r in b.rows if isinstance(r, FixedRow)}
    return bool(fixed) and sum(any(key in fixed for _, key in own) for own in keys) == 1


# -- where tables lie


def _segments(edition: Edition, sheet: str, grid: Grid) -> Iterator[Segment]:
    """The stretches of a sheet that begin with a heading, in order; pages of one table are one."""
    bands = _bands(edition, grid)
    result: list[Segment] = []
    for number, band in enumerate(bands):
        floor = bands[number - 1][-1] + 1 if number else 0
        above: list[int] = []
        for r in range(band[0] - 1, max(floor, band[0] - _ABOVE) - 1, -1):
            if _is_body(grid[r]):
                break
            above.insert(0, r)
        end = bands[number + 1][0] if number + 1 < len(bands) else len(grid)
        titles = [t for t in (_title(edition, grid[r]) for r in above) if t]
        body = [r for r in range(band[-1] + 1, end) if not _is_blank_line(grid[r])]
        exact = [t for t in titles if any(_title_fit(edition, f, t) >= _TITLE for f in edition.forms)]
        title = (exact or titles or [""])[-1]
        segment = Segment(sheet, tuple(above), tuple(band), tuple(body), title)
        if result and _continues(grid, result[-1], segment):
            last = result.pop()
            gap = set(above)
            segment = Segment(
                sheet, last.above, last.band, tuple(r for r in (*last.body, *body) if r not in gap), last.title
            )
        elif result:
            gap = set(above)
            last = result.pop()
            result.append(
                Segment(sheet, last.above, last.band, tuple(r for r in last.body if r not in gap), last.title)
            )
        result.append(segment)
    yield from result


def _bands(edition: Edition, grid: Grid) -> list[list[int]]:
    """Runs of rows that hold headings."""
    runs: list[list[int]] = []
    for r, line in enumerate(grid):
        if not is_heading_row(edition, line):
            continue
        if runs and runs[-1][-1] == r - 1:
            runs[-1].append(r)
        else:
            runs.append([r])
    # One cell alone is a heading only as part of several rows.
    return [run for run in runs if max(_filled(grid[r]) for r in run) > 1]


def _filled(line: Sequence[Any]) -> int:
    return sum(not is_blank(v) for v in line)


def _is_blank_line(line: Sequence[Any]) -> bool:
    texts = [squeezed(v) for v in line if not is_blank(v)]
    return not texts or (len(texts) == 1 and _PAGE.fullmatch(texts[0]) is not None)


def _is_body(line: Sequence[Any]) -> bool:
    """Whether a row is of a table's body: an amount in it, a note, or a total."""
    texts = [v for v in line if not is_blank(v)]
    if not texts:
        return False
    if any(is_number(v) for v in texts) and len(texts) > 1:
        return True
    first = squeezed(texts[0])
    return first.startswith(("注：", "备注：", "说明：")) or first in {"合计", "总计"} or first.endswith("总计")


def _core(title: str) -> str:
    return _DOCUMENT.sub("", bare(title))


def _official_titles(edition: Edition, form: Form) -> set[str]:
    documents = list(dict.fromkeys(d for by in edition.document_words.values() for d in by)) or [""]
    titles = (form.title, *form.titles)
    return {_core(edition.worded(title, "2024", document)) for document in documents for title in titles}


def _title(edition: Edition, line: Sequence[Any]) -> str:
    """The text of a row that may be a table's title; empty where it is none."""
    texts = [plain(v).split("\n")[0] for v in line if not is_blank(v)]
    for text in texts[:2]:
        if NUMBER_LINE.fullmatch(squeezed(text)):
            continue
        core = _core(text)
        if 4 <= len(core) <= 60 and (
            "表" in core or any(_title_fit(edition, f, text) >= _TITLE for f in edition.forms)
        ):
            return text
    return ""


def _title_fit(edition: Edition, form: Form, title: str) -> float:
    core = _core(title)
    official = _official_titles(edition, form)
    # A title that begins with the unit's name ends with the official one; of two such the longer is the better.
    ends = [0.95 + 0.04 * len(o) / len(core) for o in official if core != o and core.endswith(o) and len(o) > 4]
    bare_core = _IN_BRACKETS.sub("", core)
    # What stands in brackets behind a title is often left out, or added.
    without = [_WITHOUT for o in official if _IN_BRACKETS.sub("", o) == bare_core and len(bare_core) > 4]
    return max([*(likeness(core, o) for o in official), *ends, *without])


def _ending(edition: Edition, form: Form, title: str) -> int:
    """Length of the longest official title of a form that a title ends with, 0 for none."""
    core = _core(title)
    return max((len(o) for o in _official_titles(edition, form) if core.endswith(o)), default=0)


def _continues(grid: Grid, before: Segment, now: Segment) -> bool:
    """Whether a stretch is the next page of the one before: the same title or none, and no heading of its own."""
    if now.title and _core(now.title) != _core(before.title):
        return False
    headings = texts_of(grid[r] for r in before.band)
    if any(line not in headings for line in texts_of(grid[r] for r in now.band)):
        return False
    if not before.body:
        return True
    totals = [_has_total(grid, s.body) for s in (before, now)]
    # A second total is a second table, and so is what follows a total at the bottom.
    closed = _has_total(grid, before.body[-1:])
    return not all(totals) and not closed


def _has_total(grid: Grid, rows: Sequence[int]) -> bool:
    return any(
        next((squeezed(v) for v in grid[r] if not is_blank(v)), "") in {"合计", "总计", "收入总计", "支出总计"}
        for r in rows
    )


# -- which table it is


def _identify(edition: Edition, grid: Grid, segment: Segment) -> tuple[FoundTable | None, str, list[str]]:
    """The table that a stretch is; otherwise why not, and the forms that it could be."""
    width = max((len(grid[r]) for r in (*segment.band, *segment.body)), default=0)
    paths = column_paths([grid[r] for r in segment.band], width)
    columns = {f.code: match_columns(f, paths) for f in edition.forms}
    by_title = sorted(((_title_fit(edition, f, segment.title), f) for f in edition.forms), key=lambda p: -p[0])
    foreign = _OTHER_DOCUMENT.search(segment.title)
    if foreign and not _OTHER_DOCUMENT.search(by_title[0][1].title):
        return None, f"标题“{segment.title}”是{foreign[0]}的表，不是预算公开表，没有导入", []
    if segment.title and by_title[0][0] >= _TITLE:
        (fit, form), (second, other) = by_title[0], by_title[1]
        longer = _ending(edition, form, segment.title) > _ending(edition, other, segment.title)
        if fit - second < _MARGIN and not longer:
            why = f"标题“{segment.title}”与{form.sheet}、{other.sheet}都相近，无法确定是哪一张表，请改正标题后再导入"
            return None, why, [form.code, other.code]
        lacking = _lacking(form, columns[form.code])
        if lacking:
            return None, f"标题是{form.sheet}，但表头中缺少“{lacking}”栏，没有导入", [form.code]
        return _usable(_read(edition, grid, segment, form, fit, columns[form.code], paths))
    fits = sorted(((_whole_fit(grid, segment, f, columns[f.code]), f) for f in edition.forms), key=lambda p: -p[0])
    if fits[0][0] < _HEADINGS:
        named = f"标题“{segment.title}”" if segment.title else "没有标题，表头"
        return None, f"{named}与各表都不相符，没有导入" if fits[0][0] >= 0.5 or segment.title else "", []
    (fit, form), (second, _) = fits[0], fits[1]
    if fit - second < 0.05:
        alike = [f for value, f in fits if fit - value < 0.05]
        names = "、".join(f.sheet for f in alike)
        return None, f"没有标题，表头与{names}都相符，无法确定是哪一张表，请补上标题后再导入", [f.code for f in alike]
    if segment.title and (by_title[0][0] < 0.5 or by_title[0][1] is not form):
        why = f"标题“{segment.title}”不是{form.sheet}的标题，而表头与它相符，请核对标题后再导入"
        return None, why, [form.code]
    return _usable(_read(edition, grid, segment, form, 0.0, columns[form.code], paths))


def _usable(table: FoundTable) -> tuple[FoundTable | None, str, list[str]]:
    """The table, unless its rows cannot be told: amounts beside which stands no code, and no label."""
    without = sum(len(block.nameless) for block in table.blocks)
    if without > _FEW * max(1, table.rows + without):
        lacking = "科目编码" if any(block.block.code_column for block in table.blocks) else "行名"
        return None, f"是{table.form.sheet}，但有{without}行金额没有{lacking}，没有导入", [table.form.code]
    return table, "", []


def _lacking(form: Form, columns: Columns) -> str:
    """The first amount column of a block that was not found: without it the rest says nothing."""
    for block in form.blocks:
        if (block.name, block.columns[0].key) not in columns.at:
            return block.columns[0].key
    return ""


def _whole_fit(grid: Grid, segment: Segment, form: Form, columns: Columns) -> float:
    """How well headings and fixed labels fit a form."""
    if _lacking(form, columns):
        return 0.0
    wanted = [squeezed(r.label) for b in form.blocks for _, r in b.fixed_lines() if r.label]
    shown = {squeezed(v) for r in segment.body for v in grid[r] if isinstance(v, str)}
    labels = sum(any(w == s for s in shown) for w in wanted) / len(wanted) if wanted else 1.0
    headings = {bare(v) for r in segment.band for v in grid[r] if not is_blank(v)}
    official = {bare(t.replace("{year}", "2024")) for line in form.headings for t in line if t not in ("<", "^")}
    spare = sum(h not in official for h in headings) / max(1, len(headings))
    return columns.fit * (0.7 + 0.3 * labels) - 0.3 * spare


def _read(
    edition: Edition,
    grid: Grid,
    segment: Segment,
    form: Form,
    fit: float,
    columns: Columns,
    paths: Sequence[tuple[str, ...]],
) -> FoundTable:
    above = [plain(v) for r in segment.above for v in grid[r] if not is_blank(v)]
    heads = [plain(v) for r in segment.band for v in grid[r] if not is_blank(v)]
    measure = next((m[1] for t in (*above, *heads) if (m := _MEASURE.search(t))), "")
    unit = next((m[1] for t in above if (m := _NAME.search(t)) and m[1] not in _YUAN), "")
    year = next((m[1] for t in (segment.title, *above, *heads) if (m := _YEAR.search(t))), "")
    factor = _YUAN[measure or form.measure] / _YUAN[form.measure]
    reader = RowReader(edition, form, columns.at, factor, _YUAN[measure or form.measure])
    blocks = reader.read(grid, segment.body)
    found = FoundTable(form, segment, fit, columns, year, unit, measure, factor, blocks, reader.notes)
    found.remarks += [remark for block in blocks for remark in block.remarks]
    if columns.missing:
        names = "、".join(f"“{o.key}”" for o in columns.missing)
        found.remarks.append(f"没有{names}栏，按空白导入")
    labels = {
        c for b in form.blocks for c in range(min((columns.at.get((b.name, k.key), 0) for k in b.columns), default=0))
    }
    for c, path in enumerate(paths):
        if c in columns.at.values() or c in labels:
            continue
        if any(c < len(grid[r]) and is_number(grid[r][c]) for r in segment.body):
            named = f"“{path[-1]}”" if path else "没有表头的一"
            found.remarks.append(f"{address(1, c + 1)[:-1]}列{named}栏不在版式中，其中的金额没有导入")
    return found


# -- what all tables say together


def _settle_measures(tables: Sequence[FoundTable]) -> None:
    """Units of measure against the figures: amounts of one workbook recur from table to table.

    Where the line of a table says one unit and its figures agree with the other tables only in another, the figures
    are believed and the line is kept, for validation to see.
    """
    _settle_sizes(tables)
    known = {t.form.code: {a * _YUAN[t.form.measure] for a in all_amounts(t.blocks)} for t in tables}
    for table in tables:
        own = known[table.form.code]
        others = set().union(*(amounts for code, amounts in known.items() if code != table.form.code))
        if len(own) < 3 or not others:
            continue
        agree = len(own & others)
        for power in (Decimal(10_000), Decimal(1) / 10_000):
            moved = {a * power for a in own}
            if len(moved & others) >= max(3, len(own) // 3) and agree < len(moved & others) // 2:
                _believe_figures(table, power, "金额与其他各表一致时")
                break
        else:
            if not table.measure:
                table.remarks.append(f"没有写明金额单位，按“{table.form.measure}”导入")


def _settle_sizes(tables: Sequence[FoundTable]) -> None:
    """Where the unit of measure that the tables name makes the whole budget absurd, their form's own is right."""
    largest = max((abs(a) * _YUAN[t.form.measure] for t in tables for a in all_amounts(t.blocks)), default=Decimal(0))
    if not largest or _LEAST_BUDGET <= largest <= _LARGEST_BUDGET:
        return
    for table in tables:
        if (table.factor > 1) == (largest > _LARGEST_BUDGET) and table.factor != 1:
            _believe_figures(table, 1 / table.factor, "按金额大小")


def _believe_figures(table: FoundTable, power: Decimal, why: str) -> None:
    """Take a table's figures in another unit than its line says, and say so."""
    named = f"单位行写“{table.measure}”" if table.measure else "没有写明金额单位"
    right = next(m for m, yuan in _YUAN.items() if yuan == _YUAN[table.measure or table.form.measure] * power)
    table.remarks.append(f"{named}，而{why}应为“{right}”，按“{right}”导入")
    table.contradiction = table.measure
    _rescale(table, power)


def _rescale(table: FoundTable, power: Decimal) -> None:
    table.factor *= power
    for block in table.blocks:
        block.rows[:] = [
            type(r)(r.key, r.texts, tuple(a * power if isinstance(a, Decimal) else a for a in r.amounts), r.row)
            for r in block.rows
        ]


def _year_of_texts(grids: Mapping[str, Grid]) -> str:
    years = Counter(
        m[1]
        for grid in grids.values()
        for line in grid[:40]
        for v in line
        if isinstance(v, str)
        for m in _YEAR.finditer(v)
    )
    return years.most_common(1)[0][0] if years else ""


def _document(edition: Edition, table: FoundTable) -> str:
    """The kind of document whose words a title has; empty where it tells none apart."""
    title = bare(table.segment.title)
    documents = list(dict.fromkeys(d for by in edition.document_words.values() for d in by))
    fits = {d: likeness(title, bare(edition.worded(table.form.title, "2024", d))) for d in documents}
    if not fits or not title or len(set(fits.values())) < 2:
        return ""
    return max(fits, key=lambda d: fits[d])
