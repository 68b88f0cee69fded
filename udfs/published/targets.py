"""Performance forms of a document: held against its tables, its text and each other, and against the workbook's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from udfs.base import FORCED, Finding, half_up, say, squeezed
from udfs.checks import Inspection, Skipped, registered
from udfs.foreign import Published, Recognition, Targets, Told, in_yuan
from udfs.performance import sources_of
from udfs.published import findings as f
from udfs.published.findings import DocumentFinding, told

#: What a finding about these is about; the sheets that it names are not the document's.
SHEET = "绩效目标表"
#: The checks of family E that a document can fail by itself: the others ask for the ledger or for input sheets.
_ALONE = frozenset(("E05", "E06", "E11", "E12", "E14", "E15", "E16", *(f"E{n}" for n in range(21, 30))))
#: Those of them that look for a project's row in a table.
_OF_ROWS = ("E11", "E14")
_PLACE = re.compile(r"（(绩效指标|项目信息|基础信息)!([A-Z]+\d+)）")
#: What the two sides of the whole unit's form are made of.
_SIDES = (
    ("按资金来源", ("general", "fund", "capital", "insurance", "account", "own")),
    ("按资金方向", ("basic", "projects")),
)


class FormPlaces(Struct, frozen=True):
    """Where in the document stands what its performance forms say."""

    document: Published
    origins: Mapping[tuple[str, str], Told]

    def of_checks(self, findings: Sequence[Finding]) -> Iterator[DocumentFinding]:
        """The findings of family E that are the document's own, at their row."""
        for finding in findings:
            one = self.origins.get((finding.sheet, finding.cell))
            if one is None or finding.rule not in _ALONE:
                continue
            message = _PLACE.sub(lambda m: self._page(m[1], m[2]), finding.message).replace("或预算明细", "")
            yield self.at(one, replace(finding, sheet=SHEET, cell="", words=say("{message}", message=message)))

    def _page(self, sheet: str, cell: str) -> str:
        one = self.origins.get((sheet, cell))
        return f"（第{self.page(one)}页）" if one is not None and self.page(one) else ""

    def page(self, one: Told) -> int:
        """The page where something stands."""
        number = self._number(one)
        return self.document.page_of(number, one.row) if number >= 0 else 0

    def _number(self, one: Told) -> int:
        return next((n for n in range(len(self.document.tables)) if self.document.sheet_of(n) == one.sheet), -1)

    def at(self, one: Told, finding: Finding) -> DocumentFinding:
        """A finding at what a form says."""
        number = self._number(one)
        row = one.row - 1 - len(self.document.tables[number].above) if number >= 0 else -1
        return DocumentFinding(finding, self.page(one), 0, one.text.partition("\n")[0][:40], f.FORMS, number, row)

    def told(self, rule: str, message: str, one: Told) -> DocumentFinding:
        """A finding of a document's own rule at what a form says."""
        return self.at(one, told(rule, message, f.FORMS, sheet=SHEET).finding)


def checked_alone(inspection: Inspection, recognised: Recognition | None) -> list[Finding]:
    """What family E says of the forms of a document; of their projects' rows only where that table was read."""
    spec = inspection.edition.performance
    there = {table.form.code for table in recognised.tables} if recognised is not None else set()
    without = () if {ref.form for ref in spec.year_row} <= there else _OF_ROWS
    result: list[Finding] = []
    for check in registered():
        if check.number in _ALONE and check.number not in without:
            try:
                result += check.run(inspection)
            except Skipped:
                continue  # it needs what the document does not tell
    return result


def without_value(places: FormPlaces, found: Targets) -> Iterator[DocumentFinding]:
    """Indicators that have a name and no value, or the end of the name for a value: 完工及时率, 及时率."""
    for one in found.indicators:
        value, name = squeezed(one.value.text), squeezed(one.name.text)
        if value and value[-1] in "率度数量" and name.endswith(value):
            message = f"{one.second}“{name[:30]}”的指标值写的是“{value}”，没有写明数值，请补填"
            yield places.told("P17", message, one.name)
        elif not value:
            message = f"{one.second}“{one.name.text.partition(chr(10))[0][:30]}”没有指标值，请补填"
            yield places.told("P17", message, one.name)


def figures_agree(
    places: FormPlaces, found: Targets, recognised: Recognition | None, inspection: Inspection | None
) -> Iterator[DocumentFinding]:
    """The figures of the whole unit's form: its sums, and the tables of the document."""
    amounts = {key: [(one, in_yuan(one.text)) for one in told] for key, told in found.amounts.items()}
    first = {key: value for key, pairs in amounts.items() for _, value in pairs[:1] if value is not None}
    for (what, keys), (one, total) in zip(_SIDES, amounts.get("total", ()), strict=False):
        parts = [first[key] for key in keys if key in first]
        if total is not None and parts and sum(parts, Decimal(0)) != total:
            message = f"整体支出绩效目标表{what}的合计为{total:.2f}，各项之和为{sum(parts):.2f}，请核对改正"
            yield places.told("P16", message, one)
    if inspection is None or recognised is None or inspection.edition.performance_spec is None:
        return
    spec = inspection.edition.performance
    there = {table.form.code for table in recognised.tables}
    wanted = sources_of(inspection.reading).amounts
    for key, pairs in amounts.items():
        own, by_tables = spec.amounts.get(key), wanted.get(key)
        if own is None or not by_tables or not {ref.form for ref in (*own.plus, *own.minus)} <= there:
            continue
        for one, value in pairs:
            if value is not None and half_up(value) != by_tables:
                tables = "、".join(t.form.sheet for t in recognised.tables if t.form.code in {r.form for r in own.plus})
                words = say(
                    "整体支出绩效目标表“{label}”为{found}，按{tables}应为{wanted}，请核对改正",
                    label=own.label,
                    found=f"{value:.2f}",
                    tables=tables,
                    wanted=f"{by_tables:.2f}",
                )
                shown = (f"{value:.2f}", f"{by_tables:.2f}", f"{value - by_tables:.2f}")
                yield places.at(one, Finding("E01" if key == "total" else "E03", FORCED, SHEET, "", words, *shown))
