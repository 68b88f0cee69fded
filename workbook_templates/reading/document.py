"""The whole disclosure as data: the words of its cover, contents and parts, and what stands where."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import asdict

from workbook_templates.reading.errors import EditionError
from workbook_templates.reading.inputs import InputSheet
from workbook_templates.reading.toml_files import Positive, Schema


class DocumentSpec(Struct, frozen=True):
    """Texts with names in braces that the document fills in. `sources`: range and field of what the overview prints.

    `stands`: sections of the text that stand in another part of the document, by what they are there (duties,
    structure, glossary). `chart_after`, `forms_after`: the section after which they stand, 0 where the form has none.
    """

    title: str
    running_head: str
    contents: str
    overview: str
    tables: str
    text: str
    glossary: str
    duties: str
    structure: str
    departments: str
    units: str
    sources: Mapping[str, tuple[str, str]]
    stands: Mapping[str, int]
    chart_after: int
    forms_after: int
    chart_columns: tuple[str, str, str]
    chart_alt: str


class PartsKeys(Schema, frozen=True):
    """The headings of the parts."""

    overview: str  #: of the first part
    tables: str  #: of the part with the tables
    text: str  #: of the part with 情况说明
    glossary: str  #: of the part with 名词解释


class SourcesKeys(Schema, frozen=True):
    """Fields of the input sheets that the overview prints, as `range.key`."""

    duties: str  #: the duties
    departments: str  #: the names of the departments
    units: str  #: the names of the units


class OverviewKeys(Schema, frozen=True):
    """The first part."""

    duties: str  #: the heading of the duties
    structure: str  #: the heading of departments and units
    departments: str  #: the sentence that lists the departments: `{unit}`, `{count}`, `{names}`
    units: str  #: the sentence that lists the units
    sources: SourcesKeys  #: where they come from
    missing: str = ""  #: of editions made before; nothing of it is printed


class StandsKeys(Schema, frozen=True):
    """Sections of 情况说明, by number, that stand in another part."""

    duties: Positive | None = None  #: the one that is the duties
    structure: Positive | None = None  #: the one that is departments and units
    glossary: Positive | None = None  #: the one that is 名词解释


class AfterKeys(Schema, frozen=True):
    """The sections of 情况说明, by number, after which something stands."""

    chart: Positive | None = None  #: the pie chart
    forms: Positive | None = None  #: the performance forms


class ChartKeys(Schema, frozen=True):
    """The pie chart."""

    columns: tuple[str, str, str]  #: headings of the table that stands where the chart cannot be drawn
    alt: str  #: the chart in words: `{title}`, `{items}`


class DocumentKeys(Schema, frozen=True):
    """The whole document. Texts may name `{unit}`, `{year}`, `{kind}` and `{level}`."""

    title: str  #: on the cover
    running_head: str  #: above every page
    contents: str  #: the heading of the table of contents
    parts: PartsKeys  #: the headings of the parts
    overview: OverviewKeys  #: the first part
    stands: StandsKeys = StandsKeys()  #: sections of the text that stand in another part
    after: AfterKeys = AfterKeys()  #: what stands after which section
    chart: ChartKeys | None = None  #: the pie chart, where `after` has a place for it


def document_of(keys: DocumentKeys, sheets: tuple[InputSheet, ...], sections: int, place: str) -> DocumentSpec:
    """The document from what its file says. Raises EditionError that names what the edition does not have."""
    ranges = {r.key: r for sheet in sheets for r in sheet.ranges}
    sources: dict[str, tuple[str, str]] = {}
    for key, text in asdict(keys.overview.sources).items():
        part, _, name = text.partition(".")
        if part not in ranges or name not in {f.key for f in ranges[part].fields}:
            raise EditionError(f"{place}：输入表没有字段“{text}”")
        sources[key] = (part, name)
    stands = {key: number for key, number in asdict(keys.stands).items() if number}
    after = {key: number for key, number in asdict(keys.after).items() if number}
    for name, numbers in (("after", after), ("stands", stands)):
        for key, number in numbers.items():
            if number > sections:
                raise EditionError(f"{place} {name}.{key}：情况说明没有第{number}节")
    if "chart" in after and keys.chart is None:
        raise EditionError(f"{place}：缺少“chart”")
    chart = keys.chart or ChartKeys(("", "", ""), "")
    overview = {key: text for key, text in asdict(keys.overview).items() if key != "missing"}
    return DocumentSpec(
        title=keys.title,
        running_head=keys.running_head,
        contents=keys.contents,
        **asdict(keys.parts),
        **{**overview, "sources": sources},
        stands=stands,
        chart_after=after.get("chart", 0),
        forms_after=after.get("forms", 0),
        chart_columns=chart.columns,
        chart_alt=chart.alt,
    )
