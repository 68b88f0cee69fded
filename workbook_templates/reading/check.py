"""An edition's mistakes, each a sentence: everything that can be said of its files without a workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import tomli
from msgspec import Struct, field

from workbook_templates.reading.audit import AUDIT, read_audit_words
from workbook_templates.reading.codes import CODES_FOLDER, NAMES
from workbook_templates.reading.document import DOCUMENT, read_document
from workbook_templates.reading.edition import HEAD, chain, edition_head, form_files, holder
from workbook_templates.reading.errors import EditionError
from workbook_templates.reading.forms import Filter, FixedRow, Form, FormReader, ListRows, TreeRows
from workbook_templates.reading.inputs import (
    InputSheet,
    LedgerSpec,
    read_input_sheets,
    read_ledger_spec,
    read_plain_sheets,
)
from workbook_templates.reading.narrative import NARRATIVE, read_narrative
from workbook_templates.reading.performance import PERFORMANCE, read_performance
from workbook_templates.reading.relations import Declaration, read_relations, read_terms
from workbook_templates.reading.toml_files import read_toml

_HEAD_KEYS = (
    "name",
    "version",
    "year",
    "codes",
    "unit_of_measure",
    "unit_name_line",
    "unit_of_measure_line",
    "form_line",
    "empty_note",
)
_SHEET_KINDS = (
    "cover",
    "input",
    "ledger",
    "forms",
    "performance",
    "narrative",
    "text",
    "glossary",
    "findings",
    "relations",
)
_HEADED = ("narrative", "text", "glossary", "findings", "relations")
_SHOWS = ("label", "code", "name", "beside", "numbered")
#: Dimensions that the program adds to those of the ledgers.
_ADDED = {"flow": ("支出", "收入", "年终结转"), "unit_kind": ("行政", "参公事业", "事业")}
#: Fields of 基础信息 that the program asks for by key.
_BASIC = ("unit_name", "year", "document", "unit_kind", "unit_code", "balance")
#: Sections of a text have numbers up to 二十.
_MOST_SECTIONS = 20
#: The longest name a sheet may have.
_LONGEST = 31


class _Parts(Struct):
    """What could be read."""

    forms: list[Form] = field(default_factory=list)
    ledgers: list[LedgerSpec] = field(default_factory=list)
    inputs: tuple[InputSheet, ...] = ()
    relations: list[Declaration] = field(default_factory=list)


def mistakes(folder: Path) -> list[str]:
    """Every mistake of an edition's folder that its files show; none: it can be read and used."""
    if not (folder / HEAD).is_file():
        return [f"“{folder.name}”不是版式目录：缺少文件 {HEAD}"]
    found: list[str] = []
    parts = _Parts()
    try:
        chain(folder)
        head = edition_head(folder)
    except EditionError as error:
        return [str(error)]
    found += [f"版式文件 {HEAD}：缺少“{key}”" for key in _HEAD_KEYS if key not in head]
    if head.get("name") not in (None, folder.name):
        found.append(f"版式文件 {HEAD}：name 应与文件夹同名，应为“{folder.name}”，现为“{head['name']}”")
    codes = CODES_FOLDER / str(head.get("codes", ""))
    found += [
        f"科目表 codes/{codes.name} 缺少 {n}.csv"
        for n in NAMES
        if "codes" in head and not (codes / f"{n}.csv").is_file()
    ]
    found += _forms(folder, head, parts)
    found += _ledgers(folder, head, parts)
    found += _inputs(folder, parts)
    if parts.forms:
        found += _used_names(parts)
        found += _relations(folder, parts)
    found += _sheets(folder, parts)
    found += _narrative(folder, parts)
    return found


def _toml(folder: Path, name: str) -> dict[str, Any]:
    return read_toml(holder(folder, name) / name)


def _forms(folder: Path, head: dict[str, Any], parts: _Parts) -> Iterator[str]:
    groups = {key: tuple(values) for key, values in head.get("groups", {}).items()}
    lists = {key: tuple(items) for key, items in head.get("lists", {}).items()}
    for path in form_files(folder):
        place = f"版式文件 forms/{path.name}"
        try:
            raw = tomli.loads(path.read_text(encoding="utf-8"))
            form = FormReader(raw, place, groups, lists, head.get("unit_of_measure", "万元")).read()
        except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
            yield f"{place} 有语法错误：{error}"
            continue
        except EditionError as error:
            yield str(error)
            continue
        except (KeyError, TypeError, ValueError) as error:
            yield f"{place}：有内容缺少或写错（{error}）"
            continue
        parts.forms.append(form)
        yield from _form(form, place, head)
    if not parts.forms:
        yield "forms 文件夹中没有任何可用的表"
    for what, values in (
        ("代码 code", [f.code for f in parts.forms]),
        ("工作表名 sheet", [f.sheet for f in parts.forms]),
        ("编号 number", [str(f.number) for f in parts.forms]),
        ("标题 title", [f.title for f in parts.forms]),
    ):
        yield from (f"有两张表的{what}都是“{value}”" for value in sorted({v for v in values if values.count(v) > 1}))


def _form(form: Form, place: str, head: dict[str, Any]) -> Iterator[str]:
    if len(form.sheet) > _LONGEST or any(c in form.sheet for c in "[]:*?/\\"):
        yield f"{place}：工作表名“{form.sheet}”太长或含有不能使用的字符"
    words = {"year": "2024"} | dict.fromkeys(head.get("document_words", {}), "")
    for text in (form.title, *(t for line in form.headings for t in line)):
        try:
            text.format(**words)
        except (KeyError, IndexError, ValueError):
            yield f"{place}：“{text}”中的花括号只能是 {{year}} 或 document_words 中的名称"
    for line in form.headings:
        if line and line[0] == "<":
            yield f"{place}：headings 中一行的第一格不能是“<”"
    if form.headings and "^" in form.headings[0]:
        yield f"{place}：headings 的第一行不能有“^”"
    for block in form.blocks:
        keys = [c.key for c in block.columns]
        yield from (f"{place}“{block.name}”：栏“{key}”重复" for key in sorted({k for k in keys if keys.count(k) > 1}))
        if not keys:
            yield f"{place}“{block.name}”：没有任何金额栏"
        trees = [r for r in block.rows if isinstance(r, TreeRows)]
        unfolding = [r for r in block.rows if not isinstance(r, FixedRow)]
        if len(unfolding) > 1:
            yield f"{place}“{block.name}”：tree 和 list 合计只能有一项"
        for label in block.labels:
            part = label.shows.removeprefix("part")
            levels = len(trees[0].levels) if trees else 0
            if label.shows.startswith("part") and not (part.isdigit() and 1 <= int(part) <= levels):
                yield f"{place}“{block.name}”：shows = “{label.shows}”应为 part1 至 part{levels}（tree 的级数）"
            elif not label.shows.startswith("part") and label.shows not in _SHOWS:
                yield f"{place}“{block.name}”：不认识 shows = “{label.shows}”，可用：{'、'.join(_SHOWS)}、part1"
        flowing = "flow" in dict(block.where) or all("flow" in dict(c.where) for c in block.columns)
        without = [r for r in block.rows if not flowing and "flow" not in dict(r.where)]
        if without:
            yield f"{place}“{block.name}”：没有用 flow 说明是支出、收入还是年终结转，金额会把它们加在一起"
        fixed = [r.key for r in block.rows if isinstance(r, FixedRow)]
        yield from (
            f"{place}“{block.name}”：行“{key}”重复，请用 key 区分"
            for key in sorted({k for k in fixed if fixed.count(k) > 1})
        )


def _ledgers(folder: Path, head: dict[str, Any], parts: _Parts) -> Iterator[str]:
    groups = {key: tuple(values) for key, values in head.get("groups", {}).items()}
    try:
        raw = _toml(folder, "ledger.toml")
    except EditionError as error:
        yield str(error)
        return
    for key in ("spending", "income"):
        try:
            parts.ledgers.append(read_ledger_spec(raw[key], "版式文件 ledger.toml", groups))
        except EditionError as error:
            yield str(error)
        except KeyError as missing:
            yield f"版式文件 ledger.toml：缺少 {missing}"
    for spec in parts.ledgers:
        if sum(c.money for c in spec.columns) != 1:
            yield f"版式文件 ledger.toml：{spec.sheet}应有且只有一列 money = true"
        if "source" not in [c.key for c in spec.columns]:
            yield f"版式文件 ledger.toml：{spec.sheet}缺少 key = “source”（资金来源）的列"
        for column in spec.columns:
            if column.code and column.code not in NAMES:
                yield f"版式文件 ledger.toml：列“{column.heading}”的 code 应为{'、'.join(NAMES)}之一"


def _inputs(folder: Path, parts: _Parts) -> Iterator[str]:
    try:
        parts.inputs = read_input_sheets(_toml(folder, "inputs.toml"), "版式文件 inputs.toml")
    except EditionError as error:
        yield str(error)
        return
    except KeyError as missing:
        yield f"版式文件 inputs.toml：缺少 {missing}"
        return
    ranges = {r.key: r for sheet in parts.inputs for r in sheet.ranges}
    for key in ("basic", "units"):
        if key not in ranges:
            yield f"版式文件 inputs.toml：缺少 key = “{key}”的区域"
    if "basic" in ranges:
        keys = {f.key for f in ranges["basic"].fields}
        yield from (f"版式文件 inputs.toml：基础信息缺少 key = “{key}”的项目" for key in _BASIC if key not in keys)
    for part in ranges.values():
        if len(part.heading) != len(part.widths):
            yield f"版式文件 inputs.toml：“{part.title or part.key}”的 heading 和 widths 应当列数相同"
        for item in part.fields:
            if item.last and parts.forms:
                try:
                    read_terms(item.last, tuple(parts.forms), f"版式文件 inputs.toml “{item.label}”的 last")
                except EditionError as error:
                    yield str(error)


def _used_names(parts: _Parts) -> Iterator[str]:
    """Filters against the ledgers: a misspelt dimension or value would silently select nothing."""
    if len(parts.ledgers) < 2:
        return
    allowed: dict[str, set[str]] = {key: set(values) for key, values in _ADDED.items()}
    for spec in parts.ledgers:
        for column in spec.columns:
            if not column.money:
                allowed.setdefault(column.key, set()).update(column.values)
    for form in parts.forms:
        for where, what in _filters(form):
            for dimension, values in where:
                if dimension not in allowed:
                    yield f"{form.sheet}{what}：筛选条件“{dimension}”不是明细的列，可用：{'、'.join(sorted(allowed))}"
                    continue
                wrong = [
                    v for v in values if allowed[dimension] and not v.endswith("*") and v not in allowed[dimension]
                ]
                if wrong:
                    yield f"{form.sheet}{what}：筛选条件“{dimension}”没有取值“{'、'.join(wrong)}”"


def _filters(form: Form) -> Iterator[tuple[Filter, str]]:
    for block in form.blocks:
        yield block.where, f"“{block.name}”"
        for column in block.columns:
            yield column.where, f"栏“{column.key}”"
        for row in block.rows:
            name = row.label if isinstance(row, FixedRow) else "、".join(_dimensions(row))
            yield row.where, f"行“{name}”"
            yield tuple((d, ()) for d in _dimensions(row)), f"行“{name}”"


def _dimensions(row: FixedRow | TreeRows | ListRows) -> tuple[str, ...]:
    if isinstance(row, TreeRows):
        return (row.dimension, *([row.beside] if row.beside else []))
    return row.dimensions if isinstance(row, ListRows) else ()


def _relations(folder: Path, parts: _Parts) -> Iterator[str]:
    try:
        raw = _toml(folder, "relations.toml")
    except EditionError as error:
        yield str(error)
        return
    numbers = [item.get("number", "?") for item in raw.get("relations", [])]
    yield from (f"版式文件 relations.toml：编号 {n} 重复" for n in sorted({n for n in numbers if numbers.count(n) > 1}))
    broken = False
    for item in raw.get("relations", []):
        sides = f"{item.get('left', '')} {item.get('right', '')}"
        if "[$" in sides and not item.get("rows"):
            yield f"版式文件 relations.toml 关系 {item.get('number', '?')}：用了 [$]，但没有写 rows（逐哪些行）"
        if "].$" in sides and not item.get("columns"):
            yield f"版式文件 relations.toml 关系 {item.get('number', '?')}：用了 .$，但没有写 columns（逐哪些栏）"
        try:
            parts.relations += read_relations({"relations": [item]}, tuple(parts.forms), "版式文件 relations.toml")
        except EditionError as error:
            broken = True
            yield str(error)
    if broken:
        return
    watched = {(r.form, r.column) for d in parts.relations for r in (*d.left, *d.right) if d.kind != "bound"}
    whole = {
        (r.form, column)
        for d in parts.relations
        for r in (*d.left, *d.right)
        if r.column == "$" and d.kind != "bound"
        for column in d.columns
    }
    for form in parts.forms:
        columns = dict.fromkeys(c.key for block in form.blocks for c in block.columns)
        bounded = {(r.form, r.column) for d in parts.relations for r in (*d.left, *d.right)}
        lone = [key for key in columns if (form.code, key) not in watched | whole | bounded]
        if lone:
            yield f"{form.sheet}：“{'、'.join(lone)}”栏没有任何勾稽关系，填错了校验看不出来，请在 relations.toml 中补上"


def _sheets(folder: Path, parts: _Parts) -> Iterator[str]:
    try:
        sheets = read_plain_sheets(_toml(folder, "sheets.toml"))
    except EditionError as error:
        yield str(error)
        return
    except KeyError as missing:
        yield f"版式文件 sheets.toml：缺少 {missing}"
        return
    for sheet in sheets:
        if sheet.kind not in _SHEET_KINDS:
            yield f"版式文件 sheets.toml：“{sheet.name}”的 kind 应为{'、'.join(_SHEET_KINDS)}之一"
    for sheet in sheets:
        if len(sheet.heading) != len(sheet.widths) or (sheet.kind in _HEADED and not sheet.heading):
            yield f"版式文件 sheets.toml：“{sheet.name}”的 heading 和 widths 应当列数相同"
    names = [s.name for s in sheets if s.name] + [f.sheet for f in parts.forms]
    yield from (f"版式文件 sheets.toml：工作表名“{n}”重复" for n in sorted({n for n in names if names.count(n) > 1}))
    if [s.kind for s in sheets].count("forms") != 1:
        yield "版式文件 sheets.toml：应有且只有一项 kind = “forms”，各表排在那里"
    wanted = [sheet.name for sheet in parts.inputs] + [spec.sheet for spec in parts.ledgers]
    yield from (f"版式文件 sheets.toml：没有列出“{name}”" for name in wanted if name not in names)


def _narrative(folder: Path, parts: _Parts) -> Iterator[str]:
    forms = tuple(parts.forms)
    try:
        narrative = read_narrative(holder(folder, NARRATIVE), forms, parts.inputs)
    except EditionError as error:
        yield str(error)
        return
    if len(narrative.sections) > _MOST_SECTIONS:
        yield f"版式文件 {NARRATIVE}：章节最多{_MOST_SECTIONS}节，现有{len(narrative.sections)}节"
    readers: list[Callable[[], object]] = [
        lambda: read_audit_words(holder(folder, AUDIT), narrative, parts.inputs),
        lambda: read_document(holder(folder, DOCUMENT), parts.inputs, len(narrative.sections)),
    ]
    if parts.ledgers:
        readers.append(lambda: read_performance(holder(folder, PERFORMANCE), forms, parts.inputs, parts.ledgers[0]))
    for reader in readers:
        try:
            reader()
        except EditionError as error:
            yield str(error)
