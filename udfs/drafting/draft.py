"""From the pages of forms and examples to the files of an edition."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from udfs.drafting.guesses import Guesser
from udfs.drafting.pages import Page, PrintedTable, tables_of
from udfs.drafting.relations import search
from udfs.drafting.text import text_of
from udfs.drafting.vocabulary import Vocabulary
from udfs.drafting.written import Writer
from udfs.drafting.years import settle_years
from workbook_templates.reading import Edition

_YEAR = re.compile(r"(?<!\d)20\d{2}(?=年)")
_IN_NAME = re.compile(r"(?<!\d)20\d{2}(?!\d)")
#: A title this like another is the same table in another example.
_SAME = 0.8


def drafted(pages: Sequence[Page], known: Sequence[Edition], base: Edition, name: str) -> dict[str, str]:
    """The files of an edition by name, drafted from pages; the pages of several files are examples of one form.

    `known`: the editions whose words count; `base`: the one whose ledger and inputs are taken. Empty without a table.
    """
    tables: list[PrintedTable] = []
    others: dict[int, list[PrintedTable]] = {}
    first = pages[0].file if pages else ""
    for page in pages:
        for table in tables_of(page):
            same = _same(table, tables)
            if page.file == first or same is None:
                tables.append(table)
            else:
                others.setdefault(same, []).append(table)
    if not tables:
        return {}
    words = Vocabulary(known, base)
    guesser = Guesser(words)
    for table in tables:
        guesser.add(table)
    guesser = guesser.again()
    for table in tables:
        guesser.add(table)
    draft = guesser.draft
    settle_years(draft)
    for made in draft.tables:
        made.others = others.get(tables.index(made.table), [])
    return Writer(draft, search(draft), words, name, _year(pages, base, name), text_of(pages, draft)).files()


def _same(table: PrintedTable, tables: Sequence[PrintedTable]) -> int | None:
    """Which of the tables a table of another example is."""
    fits = [
        (SequenceMatcher(None, table.core, other.core).ratio() + (table.headings == other.headings), -n)
        for n, other in enumerate(tables)
    ]
    best = max(fits, default=(0.0, 0))
    return -best[1] if best[0] >= _SAME else None


def _year(pages: Sequence[Page], base: Edition, name: str) -> int:
    """The year that most pages are of, else that of a file's name, of the draft's or of the base."""
    told = [
        [y for line in page.grid[:12] for v in line if isinstance(v, str) for y in _YEAR.findall(v)] for page in pages
    ]
    years = [max(found) for found in told if found]  # last year may stand beside it
    if not years:
        years = [y for text in (*(page.file for page in pages), name) for y in _IN_NAME.findall(text)][:1]
    return int(max(years, key=lambda year: (years.count(year), year))) if years else base.year
