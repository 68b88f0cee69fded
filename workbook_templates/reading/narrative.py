"""情况说明 as data: where its figures come from, and the wording of its sections as templates."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec import Struct

from workbook_templates.reading.errors import EditionError
from workbook_templates.reading.forms import Form
from workbook_templates.reading.inputs import Field, InputSheet
from workbook_templates.reading.relations import Ref, read_terms
from workbook_templates.reading.toml_files import place_of, read_toml, telling

NARRATIVE = "narrative.toml"

#: What generated sections rest on; an edition whose text the clerk writes needs none of it.
_NEEDED = ("amounts", "lists", "chart", "comparable", "words", "changes", "projects", "records", "threshold")


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


class SectionSpec(Struct, frozen=True):
    """A section: its heading, in which words may stand, and its template, empty where the clerk writes it.

    `begins`: headings by which it is known in a text from elsewhere; ``*`` stands for any words.
    """

    heading: str
    template: str
    begins: tuple[str, ...] = ()


class TextSheet(Struct, frozen=True):
    """The headings by which the columns of the sheet are found."""

    name: str
    number: str
    heading: str
    text: str
    offer: str
    mark: str


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


def read_narrative(folder: Path, forms: tuple[Form, ...], sheets: tuple[InputSheet, ...]) -> Narrative:
    """The narrative of an edition's folder. Raises EditionError that names what the edition does not have."""
    path = folder / NARRATIVE
    raw = read_toml(path)
    try:
        templates = {p.name: p.read_text(encoding="utf-8") for p in sorted((folder / "narrative").glob("*.j2"))}
    except UnicodeDecodeError as error:
        raise EditionError(f"版式目录 {folder.name}/narrative 中有不是 UTF-8 编码的文件：{error}") from None
    with telling(place_of(path)):
        return _NarrativeReader(raw, place_of(path), forms, sheets, templates).read()


class _NarrativeReader:
    """Reads narrative.toml and checks every name against forms and input sheets."""

    def __init__(
        self,
        raw: Mapping[str, Any],
        place: str,
        forms: tuple[Form, ...],
        sheets: tuple[InputSheet, ...],
        templates: Mapping[str, str],
    ) -> None:
        self.raw = raw
        self.place = place
        self.forms = forms
        self.ranges = {r.key: r for sheet in sheets for r in sheet.ranges}
        self.templates = templates

    def read(self) -> Narrative:
        raw = self.raw
        sections = tuple(
            SectionSpec(s["heading"], s.get("template", ""), tuple(s.get("begins", ()))) for s in raw["sections"]
        )
        for section in sections:
            if section.template and section.template not in self.templates:
                raise EditionError(f"{self.place}：缺少文件 narrative/{section.template}")
        for key in _NEEDED if any(section.template for section in sections) else ():
            raw[key]  # what is missing is named by the KeyError
        amounts = {key: self._refs(text, f"amounts.{key}") for key, text in raw.get("amounts", {}).items()}
        lists = tuple(self._list(key, item, amounts) for key, item in raw.get("lists", {}).items())
        chart = raw.get("chart", "")
        if chart and chart not in {spec.key for spec in lists}:
            raise EditionError(f"{self.place}：chart 引用了不存在的清单“{chart}”")
        comparable = raw.get("comparable")
        return Narrative(
            place=self.place,
            sections=sections,
            templates=self.templates,
            sheet=TextSheet(**raw["sheet"]),
            words=tuple(
                Word(key, self._field(item["field"]), dict(item["values"]))
                for key, item in raw.get("words", {}).items()
            ),
            amounts=amounts,
            lists=lists,
            changes=tuple(self._change(key, item, amounts) for key, item in raw.get("changes", {}).items()),
            projects=self._projects(raw["projects"]) if "projects" in raw else None,
            records={key: self._columns(key, names) for key, names in raw.get("records", {}).items()},
            threshold=Decimal(str(raw.get("threshold", 10))),
            incomparable=self._field(comparable["unless"]) if comparable else None,
            incomparable_value=comparable["value"] if comparable else "",
            chart=chart,
            chart_title=raw.get("chart_title", ""),
        )

    def _refs(self, text: str, key: str) -> tuple[Ref, ...]:
        return read_terms(text, self.forms, f"{self.place} {key}")

    def _field(self, text: str) -> FieldRef:
        part, _, key = text.partition(".")
        found = [f for f in (self.ranges[part].fields if part in self.ranges else ()) if f.key == key]
        if not found:
            raise EditionError(f"{self.place}：输入表没有字段“{text}”")
        return FieldRef(part, found[0])

    def _columns(self, key: str, names: list[str]) -> tuple[str, ...]:
        return tuple(self._field(f"{key}.{name}").field.key for name in names)

    def _list(self, key: str, item: Mapping[str, Any], amounts: Mapping[str, object]) -> ListSpec:
        if "whole" in item and item["whole"] not in amounts:
            raise EditionError(f"{self.place} lists.{key}：没有金额“{item['whole']}”")
        pairs = [("", item["rows"])] if "rows" in item else [(i["name"], i["cell"]) for i in item["items"]]
        refs = tuple((name, ref) for name, text in pairs for ref in self._refs(text, f"lists.{key}"))
        return ListSpec(key, refs, item.get("whole", ""), item.get("names", ""))

    def _change(self, key: str, item: Mapping[str, Any], amounts: Mapping[str, object]) -> ChangeSpec:
        if item["now"] not in amounts:
            raise EditionError(f"{self.place} changes.{key}：没有金额“{item['now']}”")
        reason = self._field(item["reason"]) if "reason" in item else None
        last = tuple(self._field(text) for text in item["last"])
        return ChangeSpec(key, item["what"], item["now"], last, reason, reason is not None)

    def _projects(self, item: Mapping[str, Any]) -> ProjectSpec:
        fields = (item["name"], *item["fields"])
        for name in (*fields, *item["ledger"]):
            self._field(f"{item['records']}.{name}")
        refs = tuple(ref for text in item["rows"] for ref in self._refs(text, "projects"))
        return ProjectSpec(refs, item["records"], item["name"], fields, item["ledger_name"], dict(item["ledger"]))
