"""The filters of tables against the ledgers that they filter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from workbook_templates.reading.forms import Filter, FixedRow, Form, ListRows, RowFamily, TreeRows
from workbook_templates.reading.inputs import LedgerSpec

#: What the program tells apart besides the columns of the ledgers.
_FLOWS = ("支出", "收入", "年终结转")


def unknown_filters(
    forms: tuple[Form, ...], ledgers: Sequence[LedgerSpec], added: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    """Filters against the ledgers: a misspelt dimension or value would silently select nothing, or everything."""
    allowed: dict[str, set[str]] = {key: set(values) for key, values in added.items()}
    allowed["flow"] = {*_FLOWS, *(spec.flow for spec in ledgers if spec.flow)}
    for spec in ledgers:
        for column in spec.columns:
            if not column.money:
                allowed.setdefault(column.key, set()).update(column.values)
    for form in forms:
        for where, what in _filters(form):
            for dimension, values in where:
                if dimension not in allowed:
                    yield f"{form.sheet}{what}：筛选条件“{dimension}”不是明细的列，可用：{'、'.join(sorted(allowed))}"
                    continue
                known = allowed[dimension]
                wrong = [v for v in values if known and not v.endswith("*") and v not in known]
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


def _dimensions(row: RowFamily) -> tuple[str, ...]:
    if isinstance(row, TreeRows):
        return (row.dimension, *([row.beside] if row.beside else []))
    return tuple(d for level in row.by_level for d in level) if isinstance(row, ListRows) else ()
