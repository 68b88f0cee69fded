"""Editions are read strictly: every misspelt key and every value of another type is told, with its place."""

from __future__ import annotations

import copy
import csv
import functools
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Struct
from openpyxl import load_workbook

from addin.verbs.edition import check_edition
from tests.support.command import run_command
from tests.support.evidence import EVIDENCE
from tests.support.published import LEDGER, UNIT
from udfs.narrative import wording_faults
from workbook_templates.reading import (
    EDITIONS_FOLDER,
    EditionError,
    available_editions,
    codes,
    files,
    load_edition,
    mistakes,
    read_edition,
)
from workbook_templates.reading import edition as edition_module
from workbook_templates.reading.files import SCHEMAS
from workbook_templates.reading.reference import GUIDE, _tables, explained, guide
from workbook_templates.reading.toml_files import Schema, faults, read_toml
from workbook_templates.template import template_bytes

Place = tuple[str | int, ...]


def _schema(path: Path) -> type[Schema]:
    return SCHEMAS["forms/tNN.toml" if path.parent.name == "forms" else path.name]


def _files() -> list[Path]:
    return [path for name in available_editions() for path in sorted((EDITIONS_FOLDER / name).rglob("*.toml"))]


def _places(value: object, at: Place = ()) -> Iterator[Place]:
    """The place of every key and value of a file."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*at, key)
        yield from _places(item, (*at, key))


def _above(raw: Any, place: Place) -> Any:
    for step in place[:-1]:
        raw = raw[step]
    return raw


@contextmanager
def _misspelt(raw: Any, place: Place) -> Iterator[str]:
    """The last letter of a key doubled, for a while."""
    table, key = _above(raw, place), str(place[-1])
    wrong = f"{key}{key[-1]}"
    table[wrong] = table.pop(key)
    yield wrong
    table[key] = table.pop(wrong)


@contextmanager
def _other(raw: Any, place: Place) -> Iterator[str]:
    """A value of another type, for a while; gives how a sentence shows it."""
    table = _above(raw, place)
    held = table[place[-1]]
    table[place[-1]] = 7 if isinstance(held, bool) else True
    yield "7" if isinstance(held, bool) else "true"
    table[place[-1]] = held


def _kind(place: Place) -> tuple[str, ...]:
    """A place without the numbers in it."""
    return tuple(step for step in place if isinstance(step, str))


def _fits(raw: object, schema: type[Schema]) -> bool:
    try:
        msgspec.convert(raw, schema)
    except msgspec.ValidationError:
        return False
    return True


#: Tables whose keys are names of the edition's own: what misspells them is not of the schema but of what they name.
_NAMED = {
    *("groups", "lists", "document_words", "where", "needs", "forbids", "words", "enumerations", "records", "amounts"),
    *("changes", "ledger", "printed", "values", "filters", "by_source", "by_level", "last"),
}


def _is_name(place: Place) -> bool:
    kind = _kind(place[:-1])
    return bool(kind) and (kind[-1] in _NAMED or (len(kind) > 1 and kind[-2] in ("document_words", "words", "printed")))


FILES = pytest.mark.parametrize("path", _files(), ids=lambda path: "/".join(path.parts[-3:]))


def _raw(path: Path) -> tuple[dict[str, Any], type[Schema]]:
    schema = _schema(path)
    folder = path.parent.parent if path.parent.name == files.FORMS else path.parent
    raw: dict[str, Any] = {}
    for place in reversed(files.chain(folder)):
        file = place / path.relative_to(folder)
        raw |= read_toml(file) if file.exists() else {}
    assert _fits(raw, schema)
    return raw, schema


@FILES
def test_every_misspelt_key_is_told_with_its_place_and_the_key_that_is_meant(path: Path) -> None:
    raw, schema = _raw(path)
    told = set()
    for place in [p for p in _places(raw) if isinstance(p[-1], str)]:
        with _misspelt(raw, place) as wrong:
            if _fits(raw, schema):
                assert _is_name(place), place
            elif (kind := _kind(place)) not in told:
                told.add(kind)
                (found,) = faults(raw, schema)
                above = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in place[:-1]).lstrip(".")
                assert found == f"{above} 没有名为“{wrong}”的键，是否应为“{place[-1]}”？".lstrip()
    assert told


@FILES
def test_every_value_of_another_type_is_told_with_its_place(path: Path) -> None:
    raw, schema = _raw(path)
    told = set()
    for place in list(_places(raw)):
        with _other(raw, place) as shown:
            assert not _fits(raw, schema), place
            if (kind := _kind(place)) not in told:
                told.add(kind)
                (found,) = faults(raw, schema)
                assert found.endswith(f"，现为{shown}"), found


#: As many names of a table are misspelt in turn, all of them where the long proofs run.
FEW = 4
#: One kind of key in so many is given to `edition check`, each of them where the long proofs run.
SPARSE = 12


def _free_names(path: Path) -> Iterator[Place]:
    """Keys that are names of the edition's own, one of each kind and name; of a long table the first few."""
    whole, schema = _raw(path)
    raw = read_toml(path)
    seen: set[tuple[str, ...]] = set()
    for place in [p for p in _places(raw) if isinstance(p[-1], str) and _is_name(p)]:
        with _misspelt(raw, place):
            many = sum(kind[:-1] == _kind(place)[:-1] for kind in seen) >= FEW and not EVIDENCE
            if _fits({**whole, **raw}, schema) and _kind(place) not in seen and not many:
                seen.add(_kind(place))
                yield place


#: Files whose names of their own are misspelt in turn where not every file's are; others filter by the same names.
NAMING = (
    "edition.toml",
    "t03.toml",
    "ledger.toml",
    "inputs.toml",
    "narrative.toml",
    "glossary.toml",
    "performance.toml",
)
MISSPELT = [(path, place) for path in _files() if EVIDENCE or path.name in NAMING for place in _free_names(path)]


def test_every_misspelt_name_of_an_editions_own_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    read = functools.cache(read_toml)
    silent = []
    for path, place in MISSPELT:
        folder = path.parent.parent if path.parent.name == files.FORMS else path.parent
        raw = copy.deepcopy(read(path))
        with _misspelt(raw, place):
            one = functools.partial(_one_changed, read, path, raw)
            for module in (files, edition_module):
                monkeypatch.setattr(module, "read_toml", one)
            if not (mistakes(folder) or wording_faults(read_edition(folder))):
                silent.append((path, place))
    assert silent == []


def _one_changed(read: Callable[[Path], dict[str, Any]], file: Path, raw: dict[str, Any], path: Path) -> dict[str, Any]:
    """Every file as it is, and one changed."""
    return raw if path == file else read(path)


def _sampled(path: Path) -> list[Place]:
    """A place of each kind in a file, the list's parts only once; in long proofs all kinds, else one in so many."""
    kinds = {_kind(place): place for place in _places(read_toml(path)) if isinstance(place[-1], str)}
    return list(kinds.values())[:: 1 if EVIDENCE else SPARSE]


@FILES
def test_edition_check_tells_what_is_misspelt_or_of_another_type(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = functools.cache(read_toml)
    raw, schema = copy.deepcopy(read(path)), _schema(path)
    whole = _raw(path)[0]
    folder = path.parent.parent if path.parent.name == "forms" else path.parent
    for module in (files, edition_module):
        monkeypatch.setattr(module, "read_toml", functools.partial(_one_changed, read, path, raw))
    begins = f"版式文件 {path.relative_to(folder).as_posix()}："
    for place in _sampled(path):
        with _misspelt(raw, place) as wrong:
            if not _fits({**whole, **raw}, schema):
                told = _checked(folder)
                assert any(
                    s.startswith(begins) and f"没有名为“{wrong}”的键，是否应为“{place[-1]}”？" in s for s in told
                )
        with _other(raw, place) as shown:
            told = _checked(folder)
            assert any(s.startswith(begins) and str(place[-1]) in s and s.endswith(f"，现为{shown}") for s in told)


def _checked(folder: Path) -> list[str]:
    return check_edition(folder)


# ------------------------------------------------------------------ from outside


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the default edition, which the program reads from a copy."""
    name = edition_module.default_edition()
    shutil.copytree(EDITIONS_FOLDER / name, tmp_path / "editions" / name)
    shutil.copy(EDITIONS_FOLDER / "default.txt", tmp_path / "editions")
    shutil.copytree(codes.CODES_FOLDER, tmp_path / "codes")
    for module in (files, edition_module):
        monkeypatch.setattr(module, "EDITIONS_FOLDER", tmp_path / "editions")
    monkeypatch.setattr(codes, "CODES_FOLDER", tmp_path / "codes")
    _forget()
    yield tmp_path / "editions" / name
    _forget()


def _forget() -> None:
    edition_module._loaded.cache_clear()
    edition_module.title_of.cache_clear()
    edition_module.same_form.cache_clear()


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    _forget()


def test_a_misspelt_filter_is_refused_by_every_command(own: Path, tmp_path: Path) -> None:
    book, other = tmp_path / "book.xlsx", tmp_path / "other.xlsx"
    assert run_command("new", book, "--ledger", LEDGER, "--unit", UNIT).code == 0
    _replace(own / "forms" / "t03.toml", 'key = "项目支出", where', 'key = "项目支出", wher')
    says = "版式文件 forms/t03.toml：blocks[0].columns[2] 没有名为“wher”的键，是否应为“where”？"
    commands: list[list[str | Path]] = [["edition", "check", own], ["new", other, "--unit", UNIT], ["validate", book]]
    for arguments in commands:
        done = run_command(*arguments)
        assert done.code == (1 if arguments[0] == "edition" else 2), arguments
        assert says in done.err.splitlines(), done.err
    assert not other.exists()


def test_faults_of_several_files_are_all_told(own: Path, tmp_path: Path) -> None:
    _replace(own / "forms" / "t03.toml", 'style = "total"', 'stile = "total"')
    _replace(own / "forms" / "t05.toml", "at = 3", 'at = "3"')
    _replace(own / "forms" / "t05.toml", 'orientation = "portrait"', 'orientation = "portrai"')
    _replace(own / "relations.toml", "rows = ", "row = ")
    _replace(own / "ledger.toml", "required = true", "required = 1")
    wanted = [
        "版式文件 forms/t03.toml：looks[0] 没有名为“stile”的键，是否应为“style”？",
        "版式文件 forms/t05.toml：orientation 应为“portrait”、“landscape”之一，现为“portrai”，是否应为“portrait”？",
        "版式文件 forms/t05.toml：blocks[0].columns[0].at 应为不小于1的整数，现为“3”",
        "版式文件 relations.toml：relations[2] 没有名为“row”的键，是否应为“rows”？",
        "版式文件 ledger.toml：spending.columns[0].required 应为true 或 false，现为1",
    ]
    commands: list[list[str | Path]] = [["edition", "check", own], ["new", tmp_path / "book.xlsx"]]
    for arguments in commands:
        told = run_command(*arguments).err.splitlines()
        assert [line for line in wanted if line not in told] == [], told


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (
            "forms/t03.toml",
            '{ label = "合计", center',
            '{ label = "合计", levels = [3], center',
            "“levels”不能与 label 同时使用",
        ),
        ("forms/t03.toml", '{ label = "合计", center = true }', "{ center = true }", "应恰好写一个"),
        ("forms/t03.toml", 'code = "T3"', 'code = "表三"', "应为“T”加数字"),
        ("inputs.toml", 'at = "A4"', 'at = "4A"', "应为单元格地址，例如“A4”"),
        ("inputs.toml", 'drop = ["period_total"', 'drop = ["period_totl"', "“period_totl”不是这一清单的列"),
        (
            "performance.toml",
            '{ label = "部门名称"',
            '{ text = "", label = "部门名称"',
            "label、text、money 应恰好写一个",
        ),
        (
            "ledger.toml",
            'forbids = { kind = "项目支出" }',
            'forbids = { knd = "项目支出" }',
            "没有 key = “knd”的列，是否应为“kind”",
        ),
        ("ledger.toml", 'needs = { kind = "项目支出" }', 'needs = { kind = "项目" }', "列“kind”没有取值“项目”"),
        ("edition.toml", 'empty_note = "注：', 'empty_note = "{w}注：', "花括号只能是 {year}"),
        ("glossary.toml", '"省级" = ', '"省" = ', "words.level_departments 没有取值“省”"),
        ("narrative/02.j2", "a.income_total", "a.income_totl", "02.j2：没有名为“a.income_totl”的数据"),
        ("narrative/02.j2", "{{ year }}", "{{ yaer }}", "02.j2：没有名为“yaer”的数据"),
        ("narrative/02.j2", "{{ year }}", "{{ year }", "02.j2 第"),
    ],
)
def test_what_does_not_go_together_is_told(own: Path, file: str, old: str, new: str, says: str) -> None:
    _replace(own / file, old, new)
    done = run_command("edition", "check", own)
    assert done.code == 1
    assert says in done.err, done.err


def test_a_file_that_nobody_reads_is_told(own: Path) -> None:
    (own / "audit.toml").rename(own / "audits.toml")
    with pytest.raises(EditionError, match=r"audits\.toml：没有这个名称的文件，是否应为“audit\.toml”？"):
        read_edition(own)


# ------------------------------------------------------------------ one table, one file


def test_a_kind_of_unit_is_one_line_of_one_table(own: Path, tmp_path: Path) -> None:
    with (tmp_path / "codes" / "2024" / "unit_kinds.csv").open("a", encoding="utf-8") as file:
        file.write("社会团体,事业,是\n")
    _forget()
    edition = load_edition()
    fields = {f.key: f for f in edition.ranges()["basic"][1].fields}
    assert fields["unit_kind"].values == ("行政", "参公事业", "事业", "社会团体")
    assert fields["unit_kind"].help.startswith("行政、参公事业、事业或社会团体；")
    assert dict(edition.form("T11").blocks[0].where)["unit_kind"] == ("行政", "参公事业", "社会团体")
    book, full = tmp_path / "book.xlsx", tmp_path / "full.xlsx"
    done = run_command("new", book, "--ledger", LEDGER, "--unit", UNIT, "--kind", "社会团体")
    assert done.code == 0, done.err
    assert run_command("fill", book, "-o", full).code == 0
    rows = [[cell.value for cell in row] for row in load_workbook(full)["表十一"].iter_rows(min_row=5, max_col=2)]
    assert any(amount for _, amount in rows), rows
    found = json.loads(run_command("validate", full, "--json").out)["findings"]
    assert any(f["rule"] == "F12" and f["message"].startswith("社会团体单位的") for f in found), found


def test_a_column_of_the_ledger_is_data_only(own: Path, tmp_path: Path) -> None:
    column = '[[spending.columns]]\nkey = "approved"\nheading = "批复文号"\nvalues = ["有", "无"]\nwidth = 12\n\n'
    _replace(own / "ledger.toml", "[[spending.columns]]", f"{column}[[spending.columns]]")
    _replace(own / "forms" / "t03.toml", '{ kind = "项目支出" }', '{ kind = "项目支出", approved = "有" }')
    edition = load_edition()
    edition.template.write_bytes(template_bytes(edition))
    assert run_command("edition", "check", own).code == 0
    with LEDGER.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    totals = []
    for answer in ("有", "无"):
        book, full = tmp_path / f"{answer}.xlsx", tmp_path / f"{answer}-full.xlsx"
        with (tmp_path / "ledger.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["批复文号", *rows[0]], *([answer, *row] for row in rows[1:])])
        assert run_command("new", book, "--ledger", tmp_path / "ledger.csv", "--unit", UNIT).code == 0
        assert run_command("fill", book, "-o", full).code == 0
        result = load_workbook(full)
        assert [result["预算明细"].cell(row, 1).value for row in (1, 2)] == ["批复文号", answer]
        totals.append(next(row[4].value for row in result["表三"].iter_rows() if row[0].value == "合计"))
    assert totals[0]
    assert not totals[1]


@pytest.mark.parametrize(
    ("line", "says"), [("社会团体,社团,是", "pairing 在 pairing.csv 中没有"), ("社会团体,事业,有", "应为是或否")]
)
def test_a_wrong_kind_of_unit_is_told(own: Path, tmp_path: Path, line: str, says: str) -> None:
    with (tmp_path / "codes" / "2024" / "unit_kinds.csv").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    _forget()
    done = run_command("edition", "check", own)
    assert done.code == 1
    assert says in done.err, done.err


# ------------------------------------------------------------------ the guide


def test_the_guide_says_every_key_as_the_program_reads_it() -> None:
    assert GUIDE.read_text(encoding="utf-8") == guide()


def test_every_key_is_explained() -> None:
    def within(schema: type[Struct]) -> set[type[Struct]]:
        return {inner for _, inner in _tables("", schema, set())}

    for schema in set().union(*map(within, SCHEMAS.values())):
        assert [key for key, said in explained(schema).items() if not said] == [], schema
