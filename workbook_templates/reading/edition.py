"""An edition: one year's and province's form of the disclosure, read from its folder of data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from workbook_templates.reading.audit import AUDIT, AuditWords, read_audit_words
from workbook_templates.reading.codes import Classifications
from workbook_templates.reading.document import DOCUMENT, DocumentSpec, read_document
from workbook_templates.reading.errors import EditionError
from workbook_templates.reading.forms import MEASURES, Form, FormReader
from workbook_templates.reading.inputs import (
    InputRange,
    InputSheet,
    LedgerSpec,
    PlainSheet,
    read_input_sheets,
    read_ledger_spec,
    read_plain_sheets,
)
from workbook_templates.reading.narrative import NARRATIVE, Narrative, read_narrative
from workbook_templates.reading.performance import PERFORMANCE, Performance, read_performance
from workbook_templates.reading.relations import Declaration, read_relations
from workbook_templates.reading.toml_files import read_toml

EDITIONS_FOLDER = Path(__file__).parents[1] / "editions"
HEAD = "edition.toml"
#: The file of an edition that holds its relations.
RELATIONS = "relations.toml"
#: Longest chain of editions that rest on one another.
_LONGEST_CHAIN = 8


class Term(Struct, frozen=True):
    """A term of the glossary and its explanation, in which words depend on the level of government."""

    term: str
    text: str


class Edition(Struct, frozen=True):
    """Everything one form says; the code knows the words of no edition."""

    folder: Path
    name: str
    version: str
    year: int
    measure: str
    unit_name_line: str
    measure_line: str
    form_line: str
    empty_note: str
    forms: tuple[Form, ...]
    spending: LedgerSpec
    income: LedgerSpec
    input_sheets: tuple[InputSheet, ...]
    sheets: tuple[PlainSheet, ...]
    terms: tuple[Term, ...]
    words: Mapping[str, Mapping[str, str]]
    codes: Classifications
    relations: tuple[Declaration, ...]
    narrative: Narrative
    audit_words: AuditWords
    performance_spec: Performance | None  #: None where the form has no performance forms
    document_spec: DocumentSpec | None  #: None where the form says nothing of a whole document
    document_words: Mapping[str, Mapping[str, str]]  #: words in titles and notes, by 公开口径

    @property
    def performance(self) -> Performance:
        """The performance forms. Raises EditionError where the form has none."""
        if self.performance_spec is None:
            raise EditionError(f"版式“{self.name}”没有绩效目标表")
        return self.performance_spec

    @property
    def document(self) -> DocumentSpec:
        """The whole document. Raises EditionError where the form says nothing of one."""
        if self.document_spec is None:
            raise EditionError(f"版式“{self.name}”没有规定整套公开文档的编排")
        return self.document_spec

    @property
    def stamp(self) -> str:
        """Edition and template version, as the workbook's YS_EDITION holds it."""
        return f"{self.name}/{self.version}"

    @property
    def template(self) -> Path:
        """The built template of this edition."""
        return self.folder / "template.xlsx"

    def form(self, code: str) -> Form:
        """The form with that code, for example ``T1``."""
        return next(form for form in self.forms if form.code == code)

    def worded(self, text: str, year: str, document: str = "") -> str:
        """A title, heading or note with the year and the words of that kind of document (单位, 部门)."""
        words = {key: by.get(document, next(iter(by.values()))) for key, by in self.document_words.items()}
        return text.format(year=year, **words)

    def measure_of(self, form: Form) -> str:
        """The line of a table that names its unit of measure."""
        return self.measure_line.format(measure=form.measure)

    def note_of(self, form: Form, year: str, document: str = "") -> str:
        """What stands under a table without data."""
        return self.worded(form.empty_note or self.empty_note, year, document)

    @property
    def classified(self) -> Mapping[str, str]:
        """For each dimension of codes the name of its classification."""
        return {c.key: c.code for spec in (self.spending, self.income) for c in spec.columns if c.code}

    def notes_of(self, form: Form) -> tuple[str, ...]:
        """The notes of a table without data, for every kind of document, with 0000 for the year."""
        documents = list(dict.fromkeys(d for by in self.document_words.values() for d in by)) or [""]
        return tuple(dict.fromkeys(self.note_of(form, "0000", document) for document in documents))

    def ranges(self) -> Mapping[str, tuple[InputSheet, InputRange]]:
        """Every range of the input sheets by its key, with the sheet it lies on."""
        return {r.key: (sheet, r) for sheet in self.input_sheets for r in sheet.ranges}

    def glossary(self, level: str) -> list[tuple[str, str]]:
        """The terms and their explanations in the words of that level of government."""
        words = {name: by_level.get(level, next(iter(by_level.values()))) for name, by_level in self.words.items()}
        return [(term.term, term.text.format(**words)) for term in self.terms]


def available_editions() -> list[str]:
    """Names of the editions that come with the program."""
    return sorted(p.name for p in EDITIONS_FOLDER.iterdir() if (p / HEAD).is_file())


def default_edition() -> str:
    """Name of the edition that is meant where none is named."""
    return (EDITIONS_FOLDER / "default.txt").read_text(encoding="utf-8").strip()


@cache
def title_of(name: str) -> str:
    """What the form of an edition is called, as `2024年十三表版式`; its name where there is no such edition."""
    return str(edition_head(EDITIONS_FOLDER / name)["title"]) if name in available_editions() else name


@cache
def same_form(one: str, other: str) -> bool:
    """Whether workbooks of two editions can be added up: they have the same tables and the same ledgers."""
    if one == other or not {one, other} <= set(available_editions()):
        return one == other
    first, second = load_edition(one), load_edition(other)
    return (first.forms, first.spending, first.income) == (second.forms, second.spending, second.income)


def chain(folder: Path) -> tuple[Path, ...]:
    """An edition's folder and those of the editions it rests on (`base`), nearest first."""
    return tuple(_nearest_first(folder))


def _nearest_first(folder: Path) -> Iterator[Path]:
    """One folder after the other; what a folder rests on is read only where it is asked for."""
    found = [folder]
    yield folder
    while base := read_toml(found[-1] / HEAD).get("base"):
        beside = folder.parent / str(base)
        following = beside if (beside / HEAD).is_file() else EDITIONS_FOLDER / str(base)
        if not (following / HEAD).is_file():
            raise EditionError(f"版式目录 {found[-1].name}：base 所指的版式“{base}”不存在")
        if following in found or len(found) == _LONGEST_CHAIN:
            raise EditionError(f"版式目录 {folder.name}：base 互相引用，无法读取")
        found.append(following)
        yield following


def holder(folder: Path, name: str) -> Path:
    """The folder that a file of an edition is read from: its own, or the nearest base that has it."""
    return next((place for place in _nearest_first(folder) if (place / name).exists()), folder)


def edition_head(folder: Path) -> dict[str, Any]:
    """edition.toml over those of the bases; in groups, lists and words entry by entry."""
    result: dict[str, Any] = {}
    for place in reversed(chain(folder)):
        for key, value in read_toml(place / HEAD).items():
            old = result.get(key)
            result[key] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def _toml(path: Path) -> dict[str, Any]:
    """A file of an edition, its base's where it has none of its own."""
    return read_toml(holder(path.parent, path.name) / path.name)


def load_edition(name: str | None = None) -> Edition:
    """The edition of that name, or the default one. Raises EditionError where there is none or its files are wrong."""
    return _loaded(name or default_edition())


@cache
def _loaded(name: str) -> Edition:
    folder = EDITIONS_FOLDER / name
    if name not in available_editions():
        raise EditionError(f"没有名为“{name}”的版式；可用的版式：{'、'.join(available_editions())}")
    return read_edition(folder)


def form_files(folder: Path) -> list[Path]:
    """The files of the forms, those of the bases where an edition has none of the same name."""
    found: dict[str, Path] = {}
    for place in reversed(chain(folder)):
        found |= {path.name: path for path in (place / "forms").glob("*.toml")}
    return [found[name] for name in sorted(found)]


def read_edition(folder: Path) -> Edition:
    """The edition in that folder."""
    head = edition_head(folder)
    groups = {key: tuple(values) for key, values in head.get("groups", {}).items()}
    lists = {key: tuple(items) for key, items in head.get("lists", {}).items()}
    own_place = head.get("last_place", "fixed") == "own"
    forms = tuple(
        FormReader(
            read_toml(path),
            f"版式文件 forms/{path.name}",
            groups,
            lists,
            head.get("unit_of_measure", MEASURES[0]),
            own_place=own_place,
        ).read()
        for path in form_files(folder)
    )
    ledgers = _toml(folder / "ledger.toml")
    input_sheets = read_input_sheets(_toml(folder / "inputs.toml"), "版式文件 inputs.toml")
    glossary = _toml(folder / "glossary.toml")
    try:
        narrative = read_narrative(holder(folder, NARRATIVE), forms, input_sheets)
        spending = read_ledger_spec(ledgers["spending"], "版式文件 ledger.toml", groups)
        return Edition(
            folder=folder,
            name=head["name"],
            version=head["version"],
            year=head["year"],
            measure=head["unit_of_measure"],
            unit_name_line=head["unit_name_line"],
            measure_line=head["unit_of_measure_line"],
            form_line=head["form_line"],
            empty_note=head["empty_note"],
            forms=forms,
            spending=spending,
            income=read_ledger_spec(ledgers["income"], "版式文件 ledger.toml", groups),
            input_sheets=input_sheets,
            sheets=read_plain_sheets(_toml(folder / "sheets.toml")),
            terms=tuple(Term(t["term"], t["text"]) for t in glossary["terms"]),
            words=glossary.get("words", {}),
            codes=Classifications.of_year(head["codes"]),
            relations=read_relations(_toml(folder / RELATIONS), forms, f"版式文件 {RELATIONS}"),
            narrative=narrative,
            audit_words=read_audit_words(holder(folder, AUDIT), narrative, input_sheets),
            performance_spec=read_performance(holder(folder, PERFORMANCE), forms, input_sheets, spending),
            document_spec=read_document(holder(folder, DOCUMENT), input_sheets, len(narrative.sections)),
            document_words=head.get("document_words", {}),
        )
    except KeyError as missing:
        raise EditionError(f"版式目录 {folder.name} 的文件缺少 {missing}") from None
