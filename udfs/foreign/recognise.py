"""Tables in a foreign workbook, known by title, headings and row labels: what was found, how surely, and what was not.

    >>> found = recognise(edition, {"Sheet1": grid})
    >>> [(t.form.sheet, t.sheet, t.confidence) for t in found.tables]
    [('表三', 'Sheet1', 1.0)]

Sheet names and fixed cells say nothing. What two forms could both be is no table of either: it is asked about.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from udfs.base import YUAN, address, is_blank, plain, squeezed
from udfs.foreign.headings import (
    Columns,
    Grid,
    as_official,
    bare,
    column_paths,
    is_number,
    likeness,
    match_columns,
)
from udfs.foreign.measures import FoundTable, settle_measures
from udfs.foreign.rows import Lacking, RowReader, all_amounts
from udfs.foreign.segments import MARGIN, TITLE, Segment, ending_of, fit_of_title, segments_of
from workbook_templates.reading import Edition, FixedRow, Form

_YEAR = re.compile(r"(20\d{2})\s*(?:年|预算)")
_MEASURE = re.compile(r"(?:单位[：:]|[（(])\s*(?:人民币)?(万元|千元|元)")
_NAME = re.compile(
    r"(?:编制单位|单位名称|预算单位|填报单位|编制部门|部门名称|预算主管部门|预算部门|公开部门|填报部门|部门/单位|(?<!主管)部门|单位)[：:]\s*(.+?)\s*(?:金额单位|单位[：:]|[（(]?金额|$)"
)
#: Words of titles of other documents than a budget's tables.
_OTHER_DOCUMENT = re.compile(r"决算|执行情况|调整预算|预算调整|绩效自评")
#: More rows without a code than this share say that the codes were not found.
_FEW = 0.2
#: Without a title the headings must fit at least so well, and better than any other form's.
_HEADINGS = 0.85


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
        for segment in segments_of(edition, sheet, grid):
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
    settle_measures(tables)
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


# -- which table it is


def _identify(edition: Edition, grid: Grid, segment: Segment) -> tuple[FoundTable | None, str, list[str]]:
    """The table that a stretch is; otherwise why not, and the forms that it could be."""
    width = max((len(grid[r]) for r in (*segment.band, *segment.body)), default=0)
    paths = column_paths([grid[r] for r in segment.band], width)
    columns = {f.code: match_columns(f, paths) for f in edition.forms}
    by_title = sorted(((fit_of_title(edition, f, segment.title), f) for f in edition.forms), key=lambda p: -p[0])
    foreign = _OTHER_DOCUMENT.search(segment.title)
    if foreign and not _OTHER_DOCUMENT.search(by_title[0][1].title):
        return None, f"标题“{segment.title}”是{foreign[0]}的表，不是预算公开表，没有导入", []
    if segment.title and by_title[0][0] >= TITLE:
        (fit, form), (second, other) = by_title[0], by_title[1]
        longer = ending_of(edition, form, segment.title) > ending_of(edition, other, segment.title)
        if fit - second < MARGIN and not longer:
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
    own = {as_official(t) for line in form.headings for t in line if t not in ("<", "^")}
    spare = sum(h not in own for h in headings) / max(1, len(headings))
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
    unit = next((m[1] for t in above if (m := _NAME.search(t)) and m[1] not in YUAN), "")
    year = next((m[1] for t in (segment.title, *above) if (m := _YEAR.search(t))), "")
    year = year or max((m[1] for t in heads for m in _YEAR.finditer(t)), default="")  # last year stands beside it
    factor = YUAN[measure or form.measure] / YUAN[form.measure]
    reader = RowReader(edition, form, columns.at, factor, YUAN[measure or form.measure])
    blocks = reader.read(grid, segment.body)
    found = FoundTable(form, segment, fit, columns, year, unit, measure, factor, blocks, reader.notes)
    found.remarks += [remark for block in blocks for remark in block.remarks]
    if columns.missing:
        names = "、".join(f"“{o.key}”" for o in columns.missing)
        found.remarks.append(f"没有{names}栏，按空白导入")
    for slipped in columns.slipped:
        said = paths[columns.at[slipped.block, slipped.key]][-1]
        found.remarks.append(f"表头“{said}”疑为“{slipped.key}”，其中的金额作为这一栏读入")
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
