"""Family F, the tables: the codes and names of their rows, and the order in which they stand."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from udfs.base import (
    FORCED,
    HINT,
    NOTE,
    Finding,
    Words,
    add,
    address,
    say,
    squeezed,
)
from udfs.checks.classification import name_advice
from udfs.checks.hygiene import shown
from udfs.checks.registry import Inspection, Skipped, check
from udfs.checks.tables import gathered
from udfs.tables import PrintedBlock, PrintedRow
from workbook_templates.reading import TreeRows


class Tree(Struct, frozen=True):
    """The unfolded rows of a block that shows codes."""

    block: PrintedBlock
    family: TreeRows
    at: int  #: sheet column of the codes

    @property
    def rows(self) -> list[tuple[PrintedRow, str]]:
        """Its rows with their codes."""
        return [(row, row.path) for row in self.block.rows if row.level]

    @property
    def valid(self) -> list[tuple[PrintedRow, str]]:
        """The rows whose codes have the form of one."""
        return [(row, code) for row, code in self.rows if code.isdecimal() and len(code) in self.family.levels]

    def cell(self, row: PrintedRow) -> tuple[str, str]:
        """Sheet and cell of a row's code."""
        return self.block.form.sheet, address(row.row, self.at)


def _families(inspection: Inspection) -> Iterator[tuple[PrintedBlock, TreeRows]]:
    for block in inspection.printed.blocks:
        for family in block.block.rows:
            if isinstance(family, TreeRows) and block.form.sheet in inspection.grids:
                yield block, family


def _trees(inspection: Inspection) -> Iterator[Tree]:
    for block, family in _families(inspection):
        at = block.block.code_column
        if at:
            yield Tree(block, family, block.left + at - 1)


@check("F31", FORCED, "表三!A9 科目编码“208O5”应为 3、5、7 位数字")
def codes_are_well_formed(inspection: Inspection) -> Iterator[Finding]:
    """各表的科目编码应为规定位数的数字。"""
    for tree in _trees(inspection):
        lengths = "、".join(str(n) for n in tree.family.levels)
        valid = {id(row) for row, _ in tree.valid}
        meant = _meant(tree)
        for row, code in tree.rows:
            if id(row) not in valid:
                hint = add("（很可能应为{meant}）", meant=meant[id(row)]) if id(row) in meant else ""
                words = "科目编码{code}应为{lengths}位数字{hint}，请更正"
                yield Finding("F31", FORCED, *tree.cell(row), say(words, code=shown(code), lengths=lengths, hint=hint))


def _meant(tree: Tree) -> dict[int, str]:
    """For rows whose code is not well formed, by id, the code that the row below lacks above it."""
    valid = {id(row) for row, _ in tree.valid}
    codes = {code for _, code in tree.valid}
    result: dict[int, str] = {}
    for (row, _), (below, code) in itertools.pairwise(tree.rows):
        if id(row) not in valid and id(below) in valid:
            lacking = [code[:n] for n in tree.family.levels if n < len(code) and code[:n] not in codes]
            if len(lacking) == 1:
                result[id(row)] = lacking[0]
    return result


@check("F32", FORCED, "表三有 2080505，缺少上级科目 20805 的行")
def parents_stand(inspection: Inspection) -> Iterator[Finding]:
    """每个科目的上级科目都应有自己的行。"""
    for tree in _trees(inspection):
        codes = {code for _, code in tree.valid} | set(_meant(tree).values())
        told: set[str] = set()
        for row, code in tree.valid:
            for length in tree.family.levels:
                parent = code[:length]
                if length < len(code) and parent not in codes | told:
                    told.add(parent)
                    message = say(
                        "有科目{code}而没有上级科目{parent}的行，请补上，或重新生成各表",
                        "code",
                        code=code,
                        parent=parent,
                    )
                    yield Finding("F32", FORCED, *tree.cell(row), message)
    for block, _ in _families(inspection):
        at = block.left + block.block.first_column - 1
        for row in block.rows:
            if row.level > 1 and row.parent < 0 and not block.block.code_column:
                message = say("“{name}”上面没有所属科目的行，请补上，或重新生成各表", "name", name=row.texts[0])
                yield Finding("F32", FORCED, block.form.sheet, address(row.row, at), message)
                break


@check("F33", FORCED, "表三!A9 科目 20805 排在 210 之后")
def codes_are_in_order(inspection: Inspection) -> Iterator[Finding]:
    """各表的科目应按编码顺序排列，下级科目紧接在上级科目之后；仍在本上级科目之下、仅先后不对的，为提示。"""
    for tree in _trees(inspection):
        rows = tree.valid
        for (_, before), (row, code) in itertools.pairwise(rows):
            if code < before:
                above = max((known for _, known in rows if known != code and code.startswith(known)), default="")
                grade = HINT if above and before.startswith(above) else FORCED
                message = say("科目{code}排在{before}之后，请按编码顺序排列，或重新生成各表", code=code, before=before)
                yield Finding("F33", grade, *tree.cell(row), message)
                break
    for block, family in _families(inspection):
        if not block.block.code_column:
            yield from _names_in_order(inspection, block, family)


def _names_in_order(inspection: Inspection, block: PrintedBlock, family: TreeRows) -> Iterator[Finding]:
    """The first row told by its name alone that does not stand in the order of its code."""
    named: dict[str, list[str]] = {}
    for code, name in sorted(_classification(inspection, family.dimension).items()):
        named.setdefault(squeezed(name), []).append(code)
    codes: dict[int, str] = {}
    last: dict[int, tuple[str, str]] = {}
    for number, row in enumerate(block.rows):
        above = codes.get(row.parent, "")
        known = named.get(squeezed(row.texts[0]), ()) if row.level else ()
        code = next((c for c in known if c.startswith(above) and c != above), "")
        codes[number] = code
        before, name = last.get(row.parent, ("", ""))
        if code and code < before:
            at = address(row.row, block.left + block.block.first_column - 1)
            own = row.texts[0]
            message = say("科目{code}排在{before}之后，请按编码顺序排列，或重新生成各表", code=own, before=name)
            yield Finding("F33", HINT, block.form.sheet, at, message)
            break
        last[row.parent] = (code, row.texts[0]) if code else (before, name)


@check("F34", FORCED, "表三!A9 科目 20805 重复出现")
def rows_stand_once(inspection: Inspection) -> Iterator[Finding]:
    """同一张表中，同一科目、单位或项目只应有一行。"""
    for block in inspection.printed.blocks:
        seen: dict[str, int] = {}
        at = block.left + block.block.first_column - 1
        for row in block.rows:
            if row.path and row.path in seen:
                name = " ".join(text for text in row.texts if text) or row.path
                message = say(
                    "“{name}”与第{first}行重复，请删除重复的行，或重新生成各表", name=name, first=seen[row.path]
                )
                yield Finding("F34", FORCED, block.form.sheet, address(row.row, at), message)
            seen.setdefault(row.path, row.row)


def _classification(inspection: Inspection, dimension: str) -> Mapping[str, str]:
    """Names by code of the classification that a dimension of the ledgers belongs to."""
    edition = inspection.edition
    for column in (c for spec in edition.ledgers for c in spec.columns):
        if column.key == dimension and column.code:
            return edition.codes.by_name[column.code]
    return {}


def _ledger_names(inspection: Inspection, dimension: str) -> Mapping[str, str]:
    return inspection.content.facts.names.get(dimension, {}) if inspection.content is not None else {}


@check("F35", HINT, "表三!A9 科目编码 2019901 不在科目表中")
def table_codes_known(inspection: Inspection) -> Iterator[Finding]:
    """没有预算明细时，各表的科目编码应在当年的科目表中。科目表可能不全，查无此码时请确认，不算错误。"""
    if inspection.filled_in:
        raise Skipped("有预算明细，编码按明细核对")
    faults = []
    for tree in _trees(inspection):
        known = _classification(inspection, tree.family.dimension)
        faults += [
            (*tree.cell(row), say("科目编码{code}不在科目表中", code=code))
            for row, code in tree.valid
            if code not in known
        ]
    yield from gathered("F35", _code_grade(inspection), faults, _of_year(inspection, "请确认编码是否正确"))


def _code_year(inspection: Inspection) -> str:
    """The year of the classifications, where the workbook's own year lies more than one away from it; else empty."""
    known, year = inspection.edition.codes.folder.name, inspection.info.year
    far = known.isdigit() and year.isdigit() and abs(int(year) - int(known)) > 1
    return known if far else ""


def _code_grade(inspection: Inspection) -> str:
    """Codes and names of another year may rightly differ: then a difference is only told."""
    return NOTE if _code_year(inspection) else HINT


def _of_year(inspection: Inspection, advice: str) -> str:
    year = _code_year(inspection)
    return f"{advice}（按{year}年科目表核对，年度不同，名称和编码可能有变化）" if year else advice


@check("F36", HINT, "表三!B9 科目 20805 的名称应为“行政事业单位养老支出”")
def table_names_fit_codes(inspection: Inspection) -> Iterator[Finding]:
    """各表的科目名称应与科目表一致；科目表没有的，应与明细一致，不应空白。"""
    former = {squeezed(name) for name in inspection.edition.codes.former_names}
    faults: list[tuple[str, str, Words]] = []
    for block, family in _families(inspection):
        shows = [label.shows for label in block.block.labels]
        for side, dimension in (("name", family.dimension), ("beside", family.beside)):
            if side not in shows or not dimension:
                continue
            position = shows.index(side)
            column = block.left + block.block.labels[position].at - 1
            known = {**_ledger_names(inspection, dimension), **_classification(inspection, dimension)}
            for row, wrong in _wrong_names(block, position, known, shows):
                if squeezed(row.texts[position]) not in former:
                    faults.append((block.form.sheet, address(row.row, column), wrong))
    yield from gathered("F36", _code_grade(inspection), faults, _of_year(inspection, "请更正名称或编码"))


@check("F39", HINT, "科目 2019998 在表二为“甲类支出”，在表三为“乙类支出”")
def names_agree_between_tables(inspection: Inspection) -> Iterator[Finding]:
    """科目表中没有的科目，各表所写的名称应当一致。"""
    found: dict[tuple[str, str], dict[str, list[tuple[str, str, str]]]] = {}
    for block, family in _families(inspection):
        shows = list(block.block.shows)
        if not block.block.code_column or "name" not in shows:
            continue
        position = shows.index("name")
        column = block.left + block.block.labels[position].at - 1
        known = _classification(inspection, family.dimension)
        for row in block.rows:
            name = row.texts[position]
            if row.level and name and row.path not in known:
                places = found.setdefault((family.dimension, row.path), {}).setdefault(squeezed(name), [])
                places.append((block.form.sheet, address(row.row, column), name))
    for (_, code), names in found.items():
        if len(names) < 2:
            continue
        usual, *others = sorted(names.values(), key=len, reverse=True)
        for places in others:
            sheet, at, name = places[0]
            message = say(
                "科目{code}在{usual_sheet}为“{usual}”，在{sheet}为“{name}”，请更正为同一名称",
                code=code,
                usual_sheet=usual[0][0],
                usual=usual[0][2],
                sheet=sheet,
                name=name,
            )
            yield Finding("F39", HINT, sheet, at, message)


def _same(one: str, other: str) -> bool:
    """Whether two names differ in nothing but white space and forms of characters."""
    return one == other or squeezed(one) == squeezed(other)


def _wrong_names(
    block: PrintedBlock, position: int, known: Mapping[str, str], shows: Sequence[str]
) -> Iterator[tuple[PrintedRow, Words]]:
    """Rows whose name in a label column does not fit, each with what is wrong."""
    names = set(known.values())
    beside = shows[position] == "beside"
    for row in block.rows:
        name = row.texts[position]
        if not row.level or (beside and not name):
            continue
        if block.block.code_column:
            wanted = known.get(row.path, "")
            if not name:
                hint = say("，应为“{wanted}”", wanted=wanted) if wanted else ""
                yield row, say("科目{code}没有名称{hint}", "blank", code=row.path, hint=hint)
            elif wanted and not _same(name, wanted):
                yield row, name_advice(known, row.path, name)
        elif name not in names and not any(_same(name, other) for other in names):
            yield row, say("科目表中没有名称为{name}的科目", "unknown", name=shown(name))
