"""`new --from`: a new year's workbook from last year's, ours or a recognised foreign one."""

from __future__ import annotations

import argparse
from pathlib import Path

from addin.verbs.commands import Result, new_workbook
from addin.verbs.computing import edition_named, reading_of
from addin.verbs.import_book import of_year, recognised, texts_of, values_of
from addin.xlsx import Workbook, fault, read_source, refuse_same_file
from udfs.base import with_blocks
from udfs.foreign import Carried, carry, notes, take_over
from udfs.tables import Reading


def new_from_last_year(options: argparse.Namespace) -> Result:
    """`new` with what stays of last year. The year is the one after; the edition that of the same form and year."""
    source: Path = options.last
    refuse_same_file(source, options.out)
    last, told = read_last_year(source)
    then = last.info.year
    if not then.isdigit():
        raise fault(source, "看不出是哪一年的工作簿，请在“基础信息”中填写预算年度后再试")
    year = options.year or str(int(then) + 1)
    edition = edition_named(options.edition) if options.edition else of_year(last.edition, year)
    carried = carry(edition, last)
    told.append(f"由{then}年工作簿“{source.name}”建立{year}年工作簿，版式 {edition.name}；金额没有沿用")
    return new_workbook(
        options.out,
        ledger=options.ledger,
        income=options.income,
        unit=options.unit,
        kind=options.kind,
        year=year,
        edition_name=edition.name if edition.shipped else str(edition.folder),
        mapping=options.mapping,
        carried=Carried(carried.year, carried.fields, carried.records, (*told, *carried.notes), carried.lists),
    )


def read_last_year(source: Path) -> tuple[Reading, list[str]]:
    """Last year's workbook in our sheets, and what was said on the way."""
    if source.suffix.lower() in (".xlsx", ".xlsm"):
        book = Workbook(source)
        if book.edition_stamp:
            return reading_of(book), []
    grids = read_source(source)
    found = recognised(source, grids, None)
    texts = texts_of(found, grids)
    template = Workbook(found.edition.template)
    taken = take_over(found, texts, template.grids, template.names, values_of(found, texts))
    after = with_blocks(template.grids, taken.blocks)
    return Reading(found.edition, after, template.names), notes(found, texts)
