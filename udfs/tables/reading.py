"""A workbook as it stands: inputs, ledgers, facts, tables; each part is read when first asked for, and once.

    >>> reading = Reading(edition, grids, names)
    >>> reading.info.year
    '2024'

What a command finds out about a workbook is handed on with its Reading from step to step. Where blocks are written in
between, `after` gives the next Reading, in which only what looks at a sheet that they touch is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar, cast

from msgspec.structs import replace

from udfs.base import Area, Block, FileFacts, Grids, InputProblems, Problem, as_read, with_blocks
from udfs.ledgers import (
    Content,
    Inputs,
    LedgerReading,
    UnitInfo,
    begun,
    gather,
    lost_tables,
    missing_sheets,
    read_ledger,
    read_range,
    unit_info,
)
from udfs.tables.derive import Table, derive
from udfs.tables.printed import Printed
from udfs.tables.read_back import read_printed, unit_names
from workbook_templates.reading import Edition, LedgerSpec

T = TypeVar("T")
Range = tuple[list[dict[str, str]], list[Problem]]


class Reading:
    """A workbook's values and names, and what was read from them so far.

    `given`: content and tables of another origin than the workbook's own ledgers, as a department's sum has them.
    `unread`: codes of forms and keys of fields of which nothing is known, as where a document has no such table.
    """

    def __init__(
        self,
        edition: Edition,
        grids: Grids,
        names: Mapping[str, Area],
        file: FileFacts | None = None,
        given: tuple[Content, tuple[Table, ...]] | None = None,
        unread: frozenset[str] = frozenset(),
    ) -> None:
        self.edition = edition
        self._grids: Callable[[], Grids] = lambda: grids
        self._file: Callable[[], FileFacts] = lambda: file or FileFacts()
        self.names = dict(names)
        self.given = given
        self.unread = unread
        #: What was read, by name, with the sheets that it was read from.
        self._kept: dict[str, tuple[frozenset[str], Any]] = {}

    @cached_property
    def grids(self) -> Grids:
        """The values of every sheet."""
        return self._grids()

    @cached_property
    def file(self) -> FileFacts:
        """What the file shows besides values."""
        return self._file()

    def once(self, key: str, sheets: Iterable[str], make: Callable[[], T]) -> T:
        """What `make` gives, made when first asked for and kept until something is written to one of the sheets."""
        if key not in self._kept:
            self._kept[key] = frozenset(sheets), make()
        return cast("T", self._kept[key][1])

    def after(self, blocks: Sequence[Block]) -> Reading:
        """The workbook as it is once the blocks are written and read again, made when somebody looks at it."""
        touched = {block.sheet for block in blocks}

        def written() -> Grids:
            read = [replace(b, cells=[[as_read(value) for value in line] for line in b.cells]) for b in blocks]
            return {**self.grids, **with_blocks({name: self.grids[name] for name in touched}, read)}

        return self._followed_by(written, self.names, lambda: self.file.written_over(blocks), touched)

    def again(self, grids: Grids, names: Mapping[str, Area], file: FileFacts) -> Reading:
        """The workbook opened anew after a change to its file: what lies on sheets with the same values is kept.

        Where a sheet of the edition is missing, every part looks for it.
        """
        touched = {name for name in {*self.grids, *grids} if self.grids.get(name) != grids.get(name)}
        wanted = {*self.input_sheets, *self.table_sheets}
        if names != self.names or not wanted <= grids.keys() & self.grids.keys():
            touched = {*self.grids, *grids}
        return self._followed_by(lambda: grids, names, lambda: file, touched)

    def _followed_by(
        self, grids: Callable[[], Grids], names: Mapping[str, Area], file: Callable[[], FileFacts], touched: set[str]
    ) -> Reading:
        later = Reading(self.edition, {}, names, given=self.given, unread=self.unread)
        later._grids, later._file = grids, file
        later._kept = {key: kept for key, kept in self._kept.copy().items() if not kept[0] & touched}
        return later

    # ---------------------------------------------------------------- the sheets that parts are read from

    @cached_property
    def input_sheets(self) -> frozenset[str]:
        """The sheets with fields and lists."""
        return frozenset(sheet.name for sheet, _ in self.edition.ranges().values())

    @cached_property
    def content_sheets(self) -> frozenset[str]:
        """The sheets that facts are made of: the ledgers' and the unit's own."""
        ranges = self.edition.ranges()
        own = {ranges[key][0].name for key in ("basic", "units")}
        return frozenset({*(spec.sheet for spec in self.edition.ledgers), *own})

    @cached_property
    def table_sheets(self) -> frozenset[str]:
        """The sheets of the tables, and those that tell what their rows are."""
        return self.content_sheets | {form.sheet for form in self.edition.forms}

    # ---------------------------------------------------------------- the parts

    def range(self, key: str) -> Range:
        """The records of a range of the input sheets (one where it is of fields), and what is wrong with them."""
        sheet, part = self.edition.ranges()[key]
        return self.once(
            f"range {key}", (sheet.name,), lambda: read_range(self.grids.get(sheet.name, []), part, sheet.name)
        )

    @property
    def inputs(self) -> Inputs:
        """Every range of the input sheets by its key."""
        return {key: self.range(key) for key in self.edition.ranges()}

    @property
    def info(self) -> UnitInfo:
        """The unit."""
        return self.once("info", self.input_sheets & self.content_sheets, self._read_info)

    def _read_info(self) -> UnitInfo:
        sheet = self.edition.ranges()["basic"][0].name
        return unit_info({key: self.range(key) for key in ("basic", "units")}, sheet)

    def _ledger(self, spec: LedgerSpec) -> LedgerReading:
        return self.once(
            f"ledger {spec.sheet}", (spec.sheet,), lambda: read_ledger(self.grids[spec.sheet], spec, spec.sheet)
        )

    @property
    def _gathered(self) -> tuple[Content | None, tuple[Problem, ...]]:
        if self.given is not None:
            return self.given[0], self.info.problems
        return self.once("content", self.content_sheets, self._gather)

    def _gather(self) -> tuple[Content | None, tuple[Problem, ...]]:
        if missing := missing_sheets(self.edition, self.grids):
            return None, tuple(missing)
        ledgers = [self._ledger(spec) for spec in self.edition.ledgers]
        return gather(self.info, ledgers, self.edition)

    @property
    def content(self) -> Content | None:
        """Unit, ledgers and facts; None where the input sheets cannot be used, see `problems`."""
        return self._gathered[0]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the unit and the ledgers."""
        return self._gathered[1]

    def begun(self) -> Content:
        """The content, where everything that tables need is there. Raises InputProblems with every fault at once."""
        if self.given is not None:
            return self.given[0]
        missing = missing_sheets(self.edition, self.grids)
        if missing := [*missing, *lost_tables(self.edition, self.grids).values()]:
            raise InputProblems(missing)
        return begun(self.edition, self.info, self.content, self.problems)

    def usable(self) -> Content:
        """The content, filled in or not. Raises InputProblems where the input sheets cannot be used."""
        if self.content is None:
            raise InputProblems(list(self.problems))
        return self.content

    @property
    def derived(self) -> tuple[Table, ...]:
        """The tables that the facts give, rounded half up. Raises InputProblems as `usable` does."""
        if self.given is not None:
            return self.given[1]
        content = self.usable()
        return self.once(
            "derived",
            self.content_sheets,
            lambda: derive(self.edition.forms, content.facts, content.circumstances),
        )

    @property
    def printed(self) -> Printed:
        """The tables as they stand on their sheets."""
        return self.once("printed", self.table_sheets, self._read_printed)

    def _read_printed(self) -> Printed:
        units = unit_names(self.edition, self.grids, self.names, self.info.own.name, self.content)
        return read_printed(self.edition, self.grids, self.names, units)
