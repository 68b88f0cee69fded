"""An edition's mistakes, each a sentence: everything that can be said of its files without a workbook."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from workbook_templates.reading.codes import NAMES, PAIRING, UNIT_KINDS
from workbook_templates.reading.edition import Parts
from workbook_templates.reading.errors import EditionError
from workbook_templates.reading.files import HEAD, INPUTS, LEDGER, NARRATIVE, SHEETS, GlossaryKeys, chain
from workbook_templates.reading.forms import FixedRow, Form, ListRows, TreeRows
from workbook_templates.reading.inputs import InputRange, LedgerSpec
from workbook_templates.reading.narrative import Narrative
from workbook_templates.reading.relations import Declaration, read_terms
from workbook_templates.reading.toml_files import place_of

#: Kinds of sheet that have headings.
_HEADED = ("narrative", "text", "glossary", "findings", "relations")
#: Fields of 基础信息 that the program asks for by key.
_BASIC = ("unit_name", "year", "document", "unit_kind", "unit_code", "balance")
#: Sections of a text have numbers up to 二十.
_MOST_SECTIONS = 20
#: The longest name a sheet may have.
_LONGEST = 31
_IN_BRACES = re.compile(r"\{(\w*)\}")


def mistakes(folder: Path) -> list[str]:
    """Every mistake of an edition's folder that its files show; none: it can be read and used."""
    if not (folder / HEAD).is_file():
        return [f"“{folder.name}”不是版式目录：缺少文件 {HEAD}"]
    try:
        chain(folder)
    except EditionError as error:
        return list(error.faults)
    parts = Parts(folder)
    return list(dict.fromkeys([*parts.faults, *_head(parts), *_unused(parts), *_all_forms(parts), *_rest(parts)]))


def _rest(parts: Parts) -> Iterator[str]:
    forms = tuple(parts.forms.values())
    for spec in parts.ledgers:
        yield from _ledger(spec)
        for value, text in spec.last if forms else ():
            try:
                read_terms(text, forms, f"{place_of(LEDGER)} {spec.sheet}的 last“{value}”")
            except EditionError as error:
                yield from error.faults
    yield from (
        f"{place_of(LEDGER)}：有两个清单的{what}都是“{value}”"
        for what, values in (
            ("工作表 sheet", [spec.sheet for spec in parts.ledgers]),
            ("区域 range", [spec.range for spec in parts.ledgers]),
            ("资金性质 flow", [spec.flow for spec in parts.ledgers if spec.flow]),
        )
        for value in sorted({v for v in values if values.count(v) > 1})
    )
    if parts.input_sheets is not None:
        ranges = {r.key: r for sheet in parts.input_sheets for r in sheet.ranges}
        yield from _inputs(ranges, forms)
        yield from _words(parts, ranges)
    if parts.relations is not None:
        yield from _unwatched(forms, parts.relations)
    yield from _sheets(parts)
    if parts.narrative is not None:
        yield from _narrative(parts.narrative, parts)


def _head(parts: Parts) -> Iterator[str]:
    if parts.head is None:
        return
    if parts.head.name != parts.folder.name:
        yield f"{place_of(HEAD)}：name 应与文件夹同名，应为“{parts.folder.name}”，现为“{parts.head.name}”"
    if parts.codes is not None:
        codes, of = parts.codes.folder, parts.codes.file
        yield from (f"科目表 codes/{codes.name} 缺少 {n}.csv" for n in NAMES if not of(f"{n}.csv").is_file())
        if of(PAIRING).is_file():
            paired = {kind for _, kind, _ in parts.codes.pairing}
            for kind in parts.kinds:
                if kind.pairing not in paired:
                    yield f"科目表 codes/{codes.name}/{UNIT_KINDS}：“{kind.name}”的 pairing 在 {PAIRING} 中没有"


def _unused(parts: Parts) -> Iterator[str]:
    """Groups and lists that nothing names: a misspelt one would leave the base's as it is."""
    files = [path for folder in chain(parts.folder) for path in sorted(folder.rglob("*.toml"))]
    text = "".join(path.read_text(encoding="utf-8", errors="replace") for path in files)
    for key, names in (("groups", parts.head.groups), ("lists", parts.head.lists)) if parts.head else ():
        for name in names:
            if not re.search(rf'@{re.escape(name)}["\]]|each = "{re.escape(name)}"', text):
                yield f"{place_of(HEAD)}：没有任何表、关系或清单用到 {key} 中的“{name}”"


def _all_forms(parts: Parts) -> Iterator[str]:
    forms = list(parts.forms.values())
    words = {"year": "2024", "last": "2023"} | dict.fromkeys(parts.head.document_words if parts.head else (), "")
    for text, own in (
        (
            (parts.head.empty_note, words),
            (parts.head.unit_name_line, {"unit": ""}),
            (parts.head.unit_of_measure_line, {"measure": ""}),
            (parts.head.form_line, {"number": 1}),
        )
        if parts.head
        else ()
    ):
        yield from _braces(text, own, place_of(HEAD))
    for name, form in parts.forms.items():
        yield from _form(form, place_of(name), words)
    if not forms:
        yield "forms 文件夹中没有任何可用的表"
    for what, values in (
        ("代码 code", [f.code for f in forms]),
        ("工作表名 sheet", [f.sheet for f in forms]),
        ("编号 number", [str(f.number) for f in forms]),
        ("标题 title", [f.title for f in forms]),
    ):
        yield from (f"有两张表的{what}都是“{value}”" for value in sorted({v for v in values if values.count(v) > 1}))


def _braces(text: str, words: Mapping[str, object], place: str) -> Iterator[str]:
    """A text that names in braces what is not there."""
    try:
        text.format(**words)
    except (KeyError, IndexError, ValueError):
        yield f"{place}：“{text}”中的花括号只能是 {'、'.join(f'{{{name}}}' for name in words)}"


def _form(form: Form, place: str, words: Mapping[str, str]) -> Iterator[str]:
    if len(form.sheet) > _LONGEST or any(c in form.sheet for c in "[]:*?/\\"):
        yield f"{place}：工作表名“{form.sheet}”太长或含有不能使用的字符"
    for text in (form.title, *(t for line in form.headings for t in line), form.empty_note):
        yield from _braces(text, words, place)
    for line in form.headings:
        if line and line[0] == "<":
            yield f"{place}：headings 中一行的第一格不能是“<”"
    if form.headings and "^" in form.headings[0]:
        yield f"{place}：headings 的第一行不能有“^”"
    yield from _places(form, place)
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
        filtered = [c for c in block.columns if not c.change]
        flowing = "flow" in dict(block.where) or all("flow" in dict(c.where) for c in filtered)
        without = [r for r in block.rows if not flowing and "flow" not in dict(r.where)]
        if without:
            yield f"{place}“{block.name}”：没有用 flow 说明是支出、收入还是年终结转，金额会把它们加在一起"
        for row in block.rows:
            if isinstance(row, FixedRow) and len(row.texts) > len(block.labels):
                yield f"{place}“{block.name}”：行“{row.key}”有{len(row.texts)}个文字，而只有{len(block.labels)}个文字栏"
            if isinstance(row, FixedRow) and row.at > form.width:
                yield f"{place}“{block.name}”：行“{row.key}”的 at 超出表宽（{form.width}列）"
        listed = {d for r in block.rows if isinstance(r, ListRows) for level in r.by_level for d in level}
        for label in block.labels:
            if label.of and label.of not in listed:
                yield f"{place}“{block.name}”：of = “{label.of}”不是 list 中的列"
        fixed = [r.key for r in block.rows if isinstance(r, FixedRow)]
        yield from (
            f"{place}“{block.name}”：行“{key}”重复，请用 key 区分"
            for key in sorted({k for k in fixed if fixed.count(k) > 1})
        )


def _places(form: Form, place: str) -> Iterator[str]:
    """Two rows whose labels would stand in one cell: where classes are added, the `line` of a total moves on."""
    taken: dict[tuple[int, int], str] = {}
    for block in form.blocks:
        for line, row in block.fixed_lines():
            at = row.at or (block.first_column if block.labels else 0)
            if at and row.label and taken.setdefault((line, at), row.key) != row.key:
                yield f"{place}：第{at}列第{line}行既是“{taken[line, at]}”又是“{row.key}”，请改其中一行的 line"


def _ledger(spec: LedgerSpec) -> Iterator[str]:
    place = place_of(LEDGER)
    if sum(c.money for c in spec.columns) != 1:
        yield f"{place}：{spec.sheet}应有且只有一列 money = true"
    if not spec.flow and "source" not in [c.key for c in spec.columns]:
        yield f"{place}：{spec.sheet}缺少 key = “source”（资金来源）的列"


def _inputs(ranges: Mapping[str, InputRange], forms: tuple[Form, ...]) -> Iterator[str]:
    place = place_of(INPUTS)
    yield from (f"{place}：缺少 key = “{key}”的区域" for key in ("basic", "units") if key not in ranges)
    if "basic" in ranges:
        keys = {f.key for f in ranges["basic"].fields}
        yield from (f"{place}：基础信息缺少 key = “{key}”的项目" for key in _BASIC if key not in keys)
    for part in ranges.values():
        if len(part.heading) != len(part.widths):
            yield f"{place}：“{part.title or part.key}”的 heading 和 widths 应当列数相同"
        for item in part.fields:
            if item.last and forms:
                try:
                    read_terms(item.last, forms, f"{place} “{item.label}”的 last")
                except EditionError as error:
                    yield from error.faults


def _words(parts: Parts, ranges: Mapping[str, InputRange]) -> Iterator[str]:
    """Words by the value of a field, and texts that name them: a misspelt value would stand for nothing."""
    values = {f.key: set(f.values) for f in (ranges["basic"].fields if "basic" in ranges else ())}
    glossary = parts.glossary or GlossaryKeys(())
    said = (
        (HEAD, "document_words", parts.head.document_words if parts.head else {}, values.get("document", set())),
        ("glossary.toml", "words", glossary.words, values.get("level", set())),
    )
    for name, table, words, allowed in said:
        for key, by_value in words.items():
            unknown = "、".join(value for value in by_value if allowed and value not in allowed)
            if unknown:
                yield f"{place_of(name)}：{table}.{key} 没有取值“{unknown}”，可用：{'、'.join(sorted(allowed))}"
    for term in glossary.terms:
        for name in _IN_BRACES.findall(term.text):
            if name not in glossary.words:
                yield f"{place_of('glossary.toml')}：“{term.term}”中的“{{{name}}}”不是 words 中的名称"


def _unwatched(forms: tuple[Form, ...], relations: tuple[Declaration, ...]) -> Iterator[str]:
    """Columns that no relation watches."""
    watched = {(r.form, r.column) for d in relations for r in (*d.left, *d.right) if d.kind != "bound"}
    whole = {
        (r.form, column)
        for d in relations
        for r in (*d.left, *d.right)
        if r.column == "$" and d.kind != "bound"
        for column in d.columns
    }
    for form in forms:
        columns = dict.fromkeys(c.key for block in form.blocks for c in block.columns if not c.percent)
        bounded = {(r.form, r.column) for d in relations for r in (*d.left, *d.right)}
        lone = [key for key in columns if (form.code, key) not in watched | whole | bounded]
        if lone:
            yield f"{form.sheet}：“{'、'.join(lone)}”栏没有任何勾稽关系，填错了校验看不出来，请在 relations.toml 中补上"


def _sheets(parts: Parts) -> Iterator[str]:
    place = place_of(SHEETS)
    sheets = parts.sheets
    if sheets is None:
        return
    for sheet in sheets:
        if len(sheet.heading) != len(sheet.widths) or (sheet.kind in _HEADED and not sheet.heading):
            yield f"{place}：“{sheet.name}”的 heading 和 widths 应当列数相同"
        if bool(sheet.name) == (sheet.kind == "forms"):
            yield f"{place}：每一项都应有 name，kind = “forms”的一项除外"
    names = [s.name for s in sheets if s.name] + [f.sheet for f in parts.forms.values()]
    yield from (f"{place}：工作表名“{n}”重复" for n in sorted({n for n in names if names.count(n) > 1}))
    if [s.kind for s in sheets].count("forms") != 1:
        yield f"{place}：应有且只有一项 kind = “forms”，各表排在那里"
    wanted = [sheet.name for sheet in parts.input_sheets or ()] + [spec.sheet for spec in parts.ledgers]
    yield from (f"{place}：没有列出“{name}”" for name in wanted if name not in names)


def _narrative(narrative: Narrative, parts: Parts) -> Iterator[str]:
    place = place_of(NARRATIVE)
    if len(narrative.sections) > _MOST_SECTIONS:
        yield f"{place}：章节最多{_MOST_SECTIONS}节，现有{len(narrative.sections)}节"
    if narrative.projects is not None and parts.ledgers:
        columns = {column.key for column in parts.ledgers[0].columns}
        for key in (narrative.projects.ledger_name, *narrative.projects.ledger.values()):
            if key not in columns:
                yield f"{place} projects：预算明细没有列“{key}”"
