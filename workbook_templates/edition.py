"""An edition: one year's and province's form of the disclosure, read from its folder of data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from workbook_templates.audit import AuditWords, read_audit_words
from workbook_templates.codes import Classifications
from workbook_templates.document import DocumentSpec, read_document
from workbook_templates.errors import EditionError
from workbook_templates.forms import Form, FormReader
from workbook_templates.inputs import (
    InputRange,
    InputSheet,
    LedgerSpec,
    PlainSheet,
    read_input_sheets,
    read_ledger_spec,
    read_plain_sheets,
)
from workbook_templates.narrative import Narrative, read_narrative
from workbook_templates.performance import Performance, read_performance
from workbook_templates.relations import Declaration, read_relations

EDITIONS_FOLDER = Path(__file__).parent / "editions"
DEFAULT_EDITION = "2024-shanxi"


@dataclass(frozen=True)
class Term:
    """A term of the glossary and its explanation, in which words depend on the level of government."""

    term: str
    text: str


@dataclass(frozen=True)
class Edition:
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
    performance: Performance
    document: DocumentSpec

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

    def ranges(self) -> Mapping[str, tuple[InputSheet, InputRange]]:
        """Every range of the input sheets by its key, with the sheet it lies on."""
        return {r.key: (sheet, r) for sheet in self.input_sheets for r in sheet.ranges}

    def glossary(self, level: str) -> list[tuple[str, str]]:
        """The terms and their explanations in the words of that level of government."""
        words = {name: by_level.get(level, next(iter(by_level.values()))) for name, by_level in self.words.items()}
        return [(term.term, term.text.format(**words)) for term in self.terms]


def available_editions() -> list[str]:
    """Names of the editions that come with the program."""
    return sorted(p.name for p in EDITIONS_FOLDER.iterdir() if (p / "edition.toml").is_file())


def _toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        raise EditionError(f"版式目录 {path.parent.name} 缺少文件 {path.name}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EditionError(f"版式文件 {path.parent.name}/{path.name} 有语法错误：{error}") from None


@cache
def load_edition(name: str = DEFAULT_EDITION) -> Edition:
    """The edition of that name. Raises EditionError where there is none or its files are wrong."""
    folder = EDITIONS_FOLDER / name
    if name not in available_editions():
        raise EditionError(f"没有名为“{name}”的版式；可用的版式：{'、'.join(available_editions())}")
    return read_edition(folder)


def read_edition(folder: Path) -> Edition:
    """The edition in that folder."""
    head = _toml(folder / "edition.toml")
    groups = {key: tuple(values) for key, values in head.get("groups", {}).items()}
    lists = {key: tuple(items) for key, items in head.get("lists", {}).items()}
    forms = tuple(
        FormReader(_toml(path), f"版式文件 forms/{path.name}", groups, lists).read()
        for path in sorted((folder / "forms").glob("*.toml"))
    )
    ledgers = _toml(folder / "ledger.toml")
    input_sheets = read_input_sheets(_toml(folder / "inputs.toml"), "版式文件 inputs.toml")
    glossary = _toml(folder / "glossary.toml")
    try:
        narrative = read_narrative(folder, forms, input_sheets)
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
            relations=read_relations(_toml(folder / "relations.toml"), forms, "版式文件 relations.toml"),
            narrative=narrative,
            audit_words=read_audit_words(folder),
            performance=read_performance(folder, forms, input_sheets, spending),
            document=read_document(folder, input_sheets, len(narrative.sections)),
        )
    except KeyError as missing:
        raise EditionError(f"版式目录 {folder.name} 的文件缺少 {missing}") from None
