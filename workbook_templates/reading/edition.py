"""An edition: one year's and province's form of the disclosure, read from its folder of data."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from workbook_templates.kept import keep, kept
from workbook_templates.reading.audit import AuditKeys, AuditWords, audit_words_of
from workbook_templates.reading.codes import Classifications, UnitKind
from workbook_templates.reading.document import DocumentKeys, DocumentSpec, document_of
from workbook_templates.reading.errors import EditionError
from workbook_templates.reading.files import (
    AUDIT,
    DOCUMENT,
    EDITIONS_FOLDER,
    GLOSSARY,
    HEAD,
    INPUTS,
    LEDGER,
    NARRATIVE,
    PERFORMANCE,
    RELATIONS,
    SHEETS,
    GlossaryKeys,
    HeadKeys,
    Term,
    available_editions,
    chain,
    edition_folder,
    edition_head,
    fingerprint,
    form_files,
    holder,
    is_edition,
    stray_files,
)
from workbook_templates.reading.filters import unknown_filters
from workbook_templates.reading.form_files import FormKeys, Shared, form_of
from workbook_templates.reading.forms import Form
from workbook_templates.reading.inputs import (
    InputRange,
    InputSheet,
    InputsKeys,
    LedgerKeys,
    LedgersKeys,
    LedgerSpec,
    ListKeys,
    PlainSheet,
    SheetsKeys,
    input_sheets_of,
    ledger_of,
)
from workbook_templates.reading.narrative import Narrative, NarrativeKeys, narrative_of, read_templates
from workbook_templates.reading.performance import Performance, performance_of
from workbook_templates.reading.performance_keys import PerformanceKeys
from workbook_templates.reading.relations import Declaration, RelationKeys, RelationsKeys, left_over, relations_of
from workbook_templates.reading.toml_files import fitted, place_of, read_toml

T = TypeVar("T")


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
    lists: tuple[LedgerSpec, ...]  #: lists of their own that tables are made from besides the ledgers
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
    def fingerprint(self) -> str:
        """What tells its tables from those of another edition of its name: 12 hex digits."""
        return fingerprint(self.folder)

    @property
    def shipped(self) -> bool:
        """Whether it comes with the program: then its version says all that there is to say of it."""
        return self.folder.parent == EDITIONS_FOLDER

    @property
    def template(self) -> Path:
        """The built template of this edition."""
        return self.folder / "template.xlsx"

    def form(self, code: str) -> Form:
        """The form with that code, for example ``T1``."""
        return next(form for form in self.forms if form.code == code)

    def worded(self, text: str, year: str, document: str = "") -> str:
        """A title, heading or note with the year, the last one, and the words of that kind of document (单位, 部门)."""
        words = {key: by.get(document, next(iter(by.values()))) for key, by in self.document_words.items()}
        last = f"{int(year) - 1}" if year.isdigit() and int(year) else year
        return text.format(year=year, last=last, **words)

    def measure_of(self, form: Form) -> str:
        """The line of a table that names its unit of measure."""
        return self.measure_line.format(measure=form.measure)

    def note_of(self, form: Form, year: str, document: str = "") -> str:
        """What stands under a table without data."""
        return self.worded(form.empty_note or self.empty_note, year, document)

    @property
    def ledgers(self) -> tuple[LedgerSpec, ...]:
        """The two ledgers and the lists beside them."""
        return self.spending, self.income, *self.lists

    @property
    def classified(self) -> Mapping[str, str]:
        """For each dimension of codes the name of its classification."""
        return {c.key: c.code for spec in self.ledgers for c in spec.columns if c.code}

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


def default_edition() -> str:
    """Name of the edition that is meant where none is named."""
    return (EDITIONS_FOLDER / "default.txt").read_text(encoding="utf-8").strip()


@cache
def title_of(name: str) -> str:
    """What the form of an edition is called, as `2024年十三表版式`; its name where there is no such edition."""
    return str(edition_head(edition_folder(name))["title"]) if name in available_editions() else name


@cache
def same_form(one: str, other: str) -> bool:
    """Whether workbooks of two editions can be added up: they have the same tables and the same ledgers."""
    if one == other or not {one, other} <= set(available_editions()):
        return one == other
    first, second = load_edition(one), load_edition(other)
    return (first.forms, first.ledgers) == (second.forms, second.ledgers)


def load_edition(name: str | None = None) -> Edition:
    """The edition of that name, or the default one. Raises EditionError where there is none or its files are wrong."""
    name = name or default_edition()
    folder = edition_folder(name)
    if not is_edition(folder):
        raise EditionError(f"没有名为“{name}”的版式；可用的版式：{'、'.join(available_editions())}")
    return _loaded(folder)


def edition_in(folder: Path) -> Edition:
    """The edition in a folder outside the program. Raises EditionError with every fault of its files."""
    return read_edition(folder)


@cache
def _loaded(folder: Path) -> Edition:
    return _kept(folder) if folder.parent == EDITIONS_FOLDER else read_edition(folder)


def _kept(folder: Path) -> Edition:
    """An edition of the program's own as an earlier start read it, while no file of data and readers has changed."""
    root, name, files = EDITIONS_FOLDER.parent, f"edition-{folder.name}", hashlib.sha256()
    for place, _, names in sorted(os.walk(root)):
        for path in (Path(place, n) for n in sorted(names) if not place.endswith("__pycache__")):
            seen = path.stat()
            files.update(f"{path}\0{seen.st_mtime_ns}\0{seen.st_size}\0".encode())
    state = files.digest()
    known = kept(name) or b""
    if known.startswith(state):
        edition: Edition = pickle.loads(known[len(state) :])  # noqa: S301 - a file of the program's own
        return edition
    edition = read_edition(folder)
    keep(name, state + pickle.dumps(edition, pickle.HIGHEST_PROTOCOL))
    return edition


def read_edition(folder: Path) -> Edition:
    """The edition in that folder. Raises EditionError with every fault of its files."""
    parts = Parts(folder)
    if parts.edition is None:
        raise EditionError(*parts.faults)
    return parts.edition


class Parts:
    """What could be read of an edition's folder, and every fault that keeps it from being used."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[str] = []
        self.head: HeadKeys | None = None
        self.codes: Classifications | None = None
        self.kinds: tuple[UnitKind, ...] = ()
        self.forms: dict[str, Form] = {}  #: by the name of their file
        self.ledgers: list[LedgerSpec] = []
        self.input_sheets: tuple[InputSheet, ...] | None = None
        self.sheets: tuple[PlainSheet, ...] | None = None
        self.glossary: GlossaryKeys | None = None
        self.relations: tuple[Declaration, ...] | None = None
        self.narrative: Narrative | None = None
        self.edition: Edition | None = None  #: None where there is a fault
        with self._noting():
            self._read()

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """The faults of one step are noted, and the next step is tried."""
        try:
            yield
        except EditionError as error:
            self.faults += error.faults

    def _file(self, name: str, schema: type[T], *, optional: bool = False) -> T | None:
        """A file of the edition or of its base, as its schema."""
        path = holder(self.folder, name) / name
        with self._noting():
            return None if optional and not path.exists() else fitted(read_toml(path), schema, place_of(name))
        return None

    def _read(self) -> None:
        raw = edition_head(self.folder)
        self.faults += stray_files(self.folder)
        with self._noting():
            self.head = fitted(raw, HeadKeys, place_of(HEAD))
        forms = {f"forms/{name}": self._form(name, paths) for name, paths in form_files(self.folder).items()}
        ledgers = self._file(LEDGER, LedgersKeys)
        inputs = self._file(INPUTS, InputsKeys)
        sheets = self._file(SHEETS, SheetsKeys)
        self.sheets = sheets.sheets if sheets else None
        self.glossary = self._file(GLOSSARY, GlossaryKeys)
        relations: list[RelationKeys] = []
        for folder in reversed(chain(self.folder)):
            own = self._relations(folder)
            replaced = {keys.number for keys in own}
            relations = [*(keys for keys in relations if keys.number not in replaced), *own]
        narrative = self._file(NARRATIVE, NarrativeKeys)
        audit = self._file(AUDIT, AuditKeys, optional=True)
        performance = self._file(PERFORMANCE, PerformanceKeys, optional=True)
        document = self._file(DOCUMENT, DocumentKeys, optional=True)
        if self.head is None:
            return
        head = self.head
        self.codes = codes = Classifications.of_year(head.codes)
        self.kinds = tuple(codes.unit_kinds.values())
        shared = Shared(
            groups={**codes.groups, **head.groups},
            lists={key: tuple((entry.label, entry.code) for entry in entries) for key, entries in head.lists.items()},
            measure=head.unit_of_measure,
            own_place=head.last_place == "own",
        )
        codes_of = {name: form.code for name, form in forms.items() if form is not None}
        numbers = {keys.number for keys in relations}
        if unknown := sorted({*head.without} - {*codes_of.values()} - numbers):
            self.faults.append(f"{place_of(HEAD)}：without 中的“{unknown[0]}”不是表的 code，也不是关系的编号")
        forms = {name: form for name, form in forms.items() if codes_of.get(name) not in head.without}
        for name, form in forms.items():
            with self._noting():
                if form is not None:
                    self.forms[name] = form_of(form, shared, place_of(name))
        self.forms = dict(sorted(self.forms.items(), key=lambda item: item[1].number))
        others = ledgers.lists if ledgers else ()
        written: list[tuple[str, LedgerKeys | ListKeys]] = []
        if ledgers:
            written = [("spending", ledgers.spending), ("income", ledgers.income)]
            written += [(f"lists[{n}]", keys) for n, keys in enumerate(others)]
        for name, keys in written:
            with self._noting():
                self.ledgers.append(ledger_of(keys, shared, f"{place_of(LEDGER)}：{name}"))
        if inputs is not None:
            with self._noting():
                self.input_sheets = input_sheets_of(inputs, codes, place_of(INPUTS))
        # What follows names forms, ledgers and fields: where one of them is wrong, it would be blamed for that.
        if len(self.forms) < len(forms) or len(self.ledgers) < 2 + len(others) or self.input_sheets is None:
            return
        spending, income, *lists = self.ledgers
        every = tuple(self.forms.values())
        self.faults += unknown_filters(every, self.ledgers, {"unit_kind": tuple(codes.unit_kinds)})
        with self._noting():
            words = {**codes.unit_kind_words, **{form.code: form.sheet for form in every}}
            kept = left_over(relations, head.without)
            self.relations = relations_of(kept, every, place_of(RELATIONS), words)
        if narrative is None:
            return
        place = place_of(NARRATIVE)
        templates = read_templates(holder(self.folder, NARRATIVE) / "narrative")
        self.narrative = narrative_of(narrative, templates, every, self.input_sheets, place)
        audit_words, performance_spec, document_spec = AuditWords(), None, None
        if audit is not None or not (self.folder / AUDIT).exists():
            with self._noting():
                audit_words = audit_words_of(audit or AuditKeys(), self.narrative, self.input_sheets, place_of(AUDIT))
        if performance is not None:
            with self._noting():
                place = place_of(PERFORMANCE)
                performance_spec = performance_of(performance, every, self.input_sheets, spending, place)
        if document is not None:
            with self._noting():
                sections = len(self.narrative.sections)
                document_spec = document_of(document, self.input_sheets, sections, place_of(DOCUMENT))
        if self.faults or self.relations is None or self.sheets is None or self.glossary is None:
            return
        self.edition = Edition(
            folder=self.folder,
            name=head.name,
            version=head.version,
            year=head.year,
            measure=head.unit_of_measure,
            unit_name_line=head.unit_name_line,
            measure_line=head.unit_of_measure_line,
            form_line=head.form_line,
            empty_note=head.empty_note,
            forms=every,
            spending=spending,
            income=income,
            lists=tuple(lists),
            input_sheets=self.input_sheets,
            sheets=self.sheets,
            terms=self.glossary.terms,
            words=self.glossary.words,
            codes=codes,
            relations=self.relations,
            narrative=self.narrative,
            audit_words=audit_words,
            performance_spec=performance_spec,
            document_spec=document_spec,
            document_words=head.document_words,
        )

    def _relations(self, folder: Path) -> Sequence[RelationKeys]:
        """The relations that one folder of the chain has."""
        path = folder / RELATIONS
        if path.exists() or folder == chain(self.folder)[-1]:
            with self._noting():
                return fitted(read_toml(path), RelationsKeys, place_of(RELATIONS)).relations
        return ()

    def _form(self, name: str, paths: Sequence[Path]) -> FormKeys | None:
        """A form from its file; what a file lacks is that of the same name in the base."""
        with self._noting():
            raw = {key: value for path in paths for key, value in read_toml(path).items()}
            return fitted(raw, FormKeys, place_of(f"forms/{name}"))
        return None
