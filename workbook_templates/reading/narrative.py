"""情况说明 as data: where its figures come from, and the wording of its sections as templates."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from msgspec import Struct

from workbook_templates.reading.errors import EditionError
from workbook_templates.reading.forms import Form
from workbook_templates.reading.inputs import Field, InputSheet
from workbook_templates.reading.relations import Ref, read_terms
from workbook_templates.reading.toml_files import Classification, Schema

NARRATIVE = "narrative.toml"

#: What generated sections rest on; an edition whose text the clerk writes needs none of it.
_NEEDED = ("amounts", "words")
#: What changes against last year rest on.
_COMPARED = ("comparable", "threshold")


class FieldRef(Struct, frozen=True):
    """A field of an input sheet: the range's key and the field's."""

    part: str
    field: Field


class Word(Struct, frozen=True):
    """A word that depends on a field: the field's values and the word for each; the first where none is chosen."""

    key: str
    source: FieldRef
    values: Mapping[str, str]

    def chosen(self, value: str) -> str:
        """The word for that value of the field."""
        return self.values.get(value, next(iter(self.values.values())))


class ListSpec(Struct, frozen=True):
    """Rows of a table that the text lists: `whole` is the amount that shares are of, `names` the classification."""

    key: str
    refs: tuple[tuple[str, Ref], ...]  #: each with a name of its own, empty where the row's name is meant
    whole: str = ""
    names: str = ""


class ChangeSpec(Struct, frozen=True):
    """A change against last year: the amount now, last year's fields (added up), the field of its reason.

    `asks`: a change of the threshold or more needs a reason.
    """

    key: str
    what: str
    now: str
    last: tuple[FieldRef, ...]
    reason: FieldRef | None
    asks: bool


class ProjectSpec(Struct, frozen=True):
    """The projects: their rows, the list that describes them, and what the ledger tells where the list does not."""

    refs: tuple[Ref, ...]
    records: str
    name: str
    fields: tuple[str, ...]
    ledger_name: str
    ledger: Mapping[str, str]  #: field of the list → dimension of the ledger


class SectionSpec(Schema, frozen=True):
    """A section of the text."""

    heading: str  #: its heading, in which words may stand
    template: str = ""  #: the file in `narrative/` that writes it; none: the clerk writes it
    begins: tuple[str, ...] = ()  #: headings by which `import` knows it; `*` stands for any words


class TextSheet(Schema, frozen=True):
    """The sheet of the text: its name, and the headings by which its columns are found."""

    name: str  #: the name of the sheet
    number: str  #: the column of the section's number
    heading: str  #: the column of its heading
    text: str  #: the column of its text
    offer: str  #: the column of a new text, beside one that the clerk has changed
    mark: str  #: the column by which the program knows its own text again


class WordKeys(Schema, frozen=True):
    """A word that depends on a field."""

    field: str  #: the field, as `range.key`
    values: Mapping[str, str]  #: for each of the field's values the word; the first where none is chosen


class ItemKeys(Schema, frozen=True):
    """An entry of a list."""

    name: str  #: what the text calls it
    cell: str  #: its amount, a cell of the tables


class ListKeys(Schema, frozen=True):
    """Rows of a table that the text lists: either `rows` or `items`."""

    rows: str = ""  #: rows and column of a table; rows whose amount is zero are left out
    items: tuple[ItemKeys, ...] = ()  #: single cells with names of their own
    whole: str = ""  #: the amount that shares are of
    names: Classification | None = None  #: the classification that names the rows; where not said, as printed

    def __post_init__(self) -> None:
        """One of the two."""
        if bool(self.rows) == bool(self.items):
            raise ValueError("rows 与 items 应恰好写一个")


class ChangeKeys(Schema, frozen=True):
    """A change against last year."""

    what: str  #: what has changed, in the clerk's words
    now: str  #: the amount of this year
    last: tuple[str, ...]  #: last year's fields, added up
    reason: str | None = None  #: the field of its reason; with one, a change of the threshold or more needs it


class ProjectsKeys(Schema, frozen=True):
    """The projects, each once, with its line of the list that describes them."""

    rows: tuple[str, ...]  #: their rows in the tables
    records: str  #: the list that describes them
    name: str  #: the column of that list that names them
    fields: tuple[str, ...]  #: the columns of that list that templates see
    ledger_name: str  #: the column of 预算明细 that names them
    ledger: Mapping[str, str]  #: columns of the list that 预算明细 fills in where they are blank, with its column


class Comparable(Schema, frozen=True):
    """When there is nothing to compare with."""

    unless: str  #: the field that says so
    value: str  #: its value then


class NarrativeKeys(Schema, frozen=True):
    """情况说明: its sections, and where the figures of its text come from."""

    sheet: TextSheet  #: the sheet of the text
    sections: tuple[SectionSpec, ...]  #: the sections, in order
    threshold: int | float | None = None  #: per cent; a change of as much or more needs a reason
    chart: str = ""  #: the list that the pie chart shows
    chart_title: str = ""  #: the title of the chart
    comparable: Comparable | None = None  #: when nothing can be compared with last year
    records: Mapping[str, tuple[str, ...]] = {}  #: lists that templates see as `records.NAME`, with their columns
    words: Mapping[str, WordKeys] = {}  #: words that templates and headings name
    amounts: Mapping[str, str] = {}  #: single figures, `a.NAME` in templates: cells joined by ` + `
    lists: Mapping[str, ListKeys] = {}  #: lists of figures, `l.NAME` in templates
    changes: Mapping[str, ChangeKeys] = {}  #: changes against last year, `c.NAME` in templates
    projects: ProjectsKeys | None = None  #: the projects, `projects` in templates


class Narrative(Struct, frozen=True):
    """Everything that an edition says of its 情况说明. `templates` holds their sources by name."""

    place: str
    sections: tuple[SectionSpec, ...]
    templates: Mapping[str, str]
    sheet: TextSheet
    words: tuple[Word, ...]
    amounts: Mapping[str, tuple[Ref, ...]]
    lists: tuple[ListSpec, ...]
    changes: tuple[ChangeSpec, ...]
    projects: ProjectSpec | None
    records: Mapping[str, tuple[str, ...]]  #: lists of the input sheets that templates see, with their columns
    threshold: Decimal  #: per cent from which a change needs a reason
    incomparable: FieldRef | None
    incomparable_value: str
    chart: str  #: the list that the pie chart shows, empty where there is none
    chart_title: str

    @property
    def generated(self) -> tuple[SectionSpec, ...]:
        """The sections that the program writes."""
        return tuple(section for section in self.sections if section.template)


def read_templates(folder: Path) -> dict[str, str]:
    """The wording in a folder by the names of its files. Raises EditionError."""
    try:
        return {p.name: p.read_text(encoding="utf-8") for p in sorted(folder.glob("*.j2"))}
    except UnicodeDecodeError as error:
        raise EditionError(f"文件夹 {folder.name} 中有不是 UTF-8 编码的文件：{error}") from None


def narrative_of(
    keys: NarrativeKeys,
    templates: Mapping[str, str],
    forms: tuple[Form, ...],
    sheets: tuple[InputSheet, ...],
    place: str,
) -> Narrative:
    """The narrative from what its file says. Raises EditionError that names what the edition does not have."""
    return _NarrativeReader(keys, place, forms, sheets, templates).read()


class _NarrativeReader:
    """Checks every name of narrative.toml against forms and input sheets."""

    def __init__(
        self,
        keys: NarrativeKeys,
        place: str,
        forms: tuple[Form, ...],
        sheets: tuple[InputSheet, ...],
        templates: Mapping[str, str],
    ) -> None:
        self.keys = keys
        self.place = place
        self.forms = forms
        self.ranges = {r.key: r for sheet in sheets for r in sheet.ranges}
        self.templates = templates

    def read(self) -> Narrative:
        keys = self.keys
        for section in keys.sections:
            if section.template and section.template not in self.templates:
                raise EditionError(f"{self.place}：缺少文件 narrative/{section.template}")
        generated = any(section.template for section in keys.sections)
        needed = (*_NEEDED, *(_COMPARED if keys.changes else ())) if generated else ()
        if lacking := [key for key in needed if getattr(keys, key) in (None, "", {})]:
            raise EditionError(*(f"{self.place}：缺少“{key}”" for key in lacking))
        amounts = {key: self._refs(text, f"amounts.{key}") for key, text in keys.amounts.items()}
        if keys.chart and keys.chart not in keys.lists:
            raise EditionError(f"{self.place}：chart 引用了不存在的清单“{keys.chart}”")
        return Narrative(
            place=self.place,
            sections=keys.sections,
            templates=self.templates,
            sheet=keys.sheet,
            words=tuple(self._word(key, item) for key, item in keys.words.items()),
            amounts=amounts,
            lists=tuple(self._list(key, item) for key, item in keys.lists.items()),
            changes=tuple(self._change(key, item) for key, item in keys.changes.items()),
            projects=self._projects(keys.projects) if keys.projects else None,
            records={key: self._columns(key, names) for key, names in keys.records.items()},
            threshold=Decimal(10 if keys.threshold is None else str(keys.threshold)),
            incomparable=self._field(keys.comparable.unless) if keys.comparable else None,
            incomparable_value=keys.comparable.value if keys.comparable else "",
            chart=keys.chart,
            chart_title=keys.chart_title,
        )

    def _refs(self, text: str, key: str) -> tuple[Ref, ...]:
        return read_terms(text, self.forms, f"{self.place} {key}")

    def _amount(self, name: str, key: str) -> str:
        if name and name not in self.keys.amounts:
            raise EditionError(f"{self.place} {key}：没有金额“{name}”")
        return name

    def _field(self, text: str) -> FieldRef:
        part, _, key = text.partition(".")
        found = [f for f in (self.ranges[part].fields if part in self.ranges else ()) if f.key == key]
        if not found:
            raise EditionError(f"{self.place}：输入表没有字段“{text}”")
        return FieldRef(part, found[0])

    def _word(self, key: str, item: WordKeys) -> Word:
        source = self._field(item.field)
        if unknown := sorted(set(item.values) - set(source.field.values)):
            raise EditionError(f"{self.place} words.{key}：字段 {item.field} 没有取值“{'、'.join(unknown)}”")
        return Word(key, source, item.values)

    def _columns(self, key: str, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self._field(f"{key}.{name}").field.key for name in names)

    def _list(self, key: str, item: ListKeys) -> ListSpec:
        pairs = [("", item.rows)] if item.rows else [(i.name, i.cell) for i in item.items]
        refs = tuple((name, ref) for name, text in pairs for ref in self._refs(text, f"lists.{key}"))
        return ListSpec(key, refs, self._amount(item.whole, f"lists.{key}"), item.names or "")

    def _change(self, key: str, item: ChangeKeys) -> ChangeSpec:
        reason = self._field(item.reason) if item.reason else None
        last = tuple(self._field(text) for text in item.last)
        now = self._amount(item.now, f"changes.{key}")
        return ChangeSpec(key, item.what, now, last, reason, reason is not None)

    def _projects(self, item: ProjectsKeys) -> ProjectSpec:
        fields = (item.name, *item.fields)
        for name in (*fields, *item.ledger):
            self._field(f"{item.records}.{name}")
        refs = tuple(ref for text in item.rows for ref in self._refs(text, "projects"))
        return ProjectSpec(refs, item.records, item.name, fields, item.ledger_name, item.ledger)
