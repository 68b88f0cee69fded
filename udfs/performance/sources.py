"""What the performance forms are made of: inputs, what other sheets hold already, figures of tables and ledger."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np
from msgspec import Struct, field

from udfs.base import FEN_PER_PLACE, printed, round_half_up, squeezed
from udfs.ledgers import FLOW, SPENDING, Content, Inputs
from udfs.performance.derived import ASSEMBLED, Record, all_lines, completed
from udfs.reconciliation import Expansion
from udfs.tables import Printed, Reading
from workbook_templates.reading import INDICATORS, PROJECTS, AmountSpec, Edition, Performance

#: A text behind a word and a number: 任务{number}：{task}.
_LEADING = re.compile(r"(\w+?)\{(?:number|task)\}[：:]\{([a-z_]+)\}")
#: Numbers that clerks put before a text of a list.
_NUMBERING = re.compile(
    r"\s*(?:[0-9０-９]{1,2}\s*[.．、：:)）](?![0-9０-９])|[（(][0-9０-９一二三四五六七八九十]{1,3}[)）][、.．]?"
    r"|[一二三四五六七八九十]{1,3}\s*[、.．]|[①-⑳])\s*"
)
_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_COUNTED = [*"一二三四五六七八九十", *(f"十{one}" for one in "一二三四五六七八九")]
#: The number that the clerk herself has put before a text of a list.
TYPED = "typed"


class Sources(Struct, frozen=True):
    """What the forms are made of: the fields and lists of the input sheets, and the figures of the whole unit."""

    year: str
    fields: Mapping[str, Mapping[str, str]]
    lists: Mapping[str, Sequence[Record]]
    starts: Mapping[str, int]  #: the sheet row of each list's heading
    amounts: Mapping[str, Decimal | None] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        """Whether nothing is filled in that forms are made of."""
        return not self.lists.get(PROJECTS) and not self.lists.get(INDICATORS)


def sources_of(reading: Reading) -> Sources:
    """Everything that a workbook's forms are made of."""
    return reading.once(
        "sources",
        sheets_of(reading),
        lambda: read_sources(reading.edition, reading.printed, reading.content, reading.inputs),
    )


def sheets_of(reading: Reading) -> frozenset[str]:
    """All that the forms are made of."""
    return reading.table_sheets | reading.input_sheets


def read_sources(edition: Edition, tables: Printed, content: Content | None, inputs: Inputs) -> Sources:
    """Everything that forms are made of; without a ledger (`content` None) its figures are unknown.

    Blank for an edition without performance forms.
    """
    if edition.performance_spec is None:
        return Sources("", {}, {}, {})
    fields: dict[str, dict[str, str]] = {}
    lists: dict[str, Sequence[Record]] = {}
    starts: dict[str, int] = {}
    leads = _leads(edition.performance)
    for key, (_, part) in edition.ranges().items():
        if part.kind == "fields":
            fields[key] = inputs[key][0][0]
        else:
            lists[key] = [_without_lead(record, leads.get(key)) for record in inputs[key][0]]
            starts[key] = part.row
    lists[PROJECTS] = [completed(edition, record, fields["basic"], content) for record in lists[PROJECTS]]
    lists[INDICATORS] = all_lines(edition.performance, lists[INDICATORS], lists[PROJECTS])
    expansion = Expansion(tables, edition.codes)
    amounts = {key: _amount(edition, spec, expansion, content) for key, spec in edition.performance.amounts.items()}
    return Sources(fields["basic"].get("year", "") or str(edition.year), fields, lists, starts, amounts)


def _leads(performance: Performance) -> dict[str, tuple[str, str]]:
    """For every list whose texts are printed behind a word and a number, such as 任务1：, the word and the key."""
    texts = {(part.list, spec.text) for part in performance.whole.parts if part.list for spec in part.cells}
    texts |= {(INDICATORS, part.indicators.name) for part in performance.whole.parts if part.indicators}
    return {key: (match[1], match[2]) for key, text in texts if (match := _LEADING.fullmatch(text))}


def _without_lead(record: Record, lead: tuple[str, str] | None) -> Record:
    """A record whose text the clerk has begun with a number herself: her number is its number, and printed once."""
    if lead is None:
        return record
    word, key = lead
    text = record.get(key, "")
    match = re.match(rf"\s*{word}\s*([0-9０-９]{{1,3}}|[一二三四五六七八九十]{{1,3}})\s*[：:、.．，,]?\s*", text)
    if match:
        digits = match[1].translate(_DIGITS)
        number = digits if digits.isascii() else str(_COUNTED.index(digits) + 1) if digits in _COUNTED else ""
    else:
        match, number = _NUMBERING.match(text), ""
    rest = text[match.end() :] if match else ""
    if not rest:
        return record
    told = {"task": record["task"] or number} if key != "task" and "task" in record else {TYPED: number}
    return {**record, key: rest, **told}


def _amount(edition: Edition, spec: AmountSpec, expansion: Expansion, content: Content | None) -> Decimal | None:
    """A figure of the whole unit as printed; None where its tables or the ledger are not there."""
    if spec.ledger:
        if content is None or not len(content.facts.fen):
            return None
        fen = np.array([content.facts.total(((FLOW, (SPENDING,)), *spec.ledger))], np.int64)
        return printed(int(round_half_up(fen, FEN_PER_PLACE[edition.measure])[0]))
    tables = expansion.printed
    if not tables.filled.any():
        return None
    plus, minus = (
        sum(int(tables.places[i]) for i in expansion.cells(refs, "", "")) for refs in (spec.plus, spec.minus)
    )
    return printed(plus - minus)


def form_projects(edition: Edition, sources: Sources) -> list[Record]:
    """The projects that have a form: those of 项目信息 with a name that are not left out of performance management."""
    unmanaged = edition.performance.words.unmanaged
    return [record for record in sources.lists[PROJECTS] if record["name"] and record["managed"] != unmanaged]


def indicators_of(sources: Sources, name: str) -> list[Record]:
    """The indicators of the whole unit or of a project, by 序号 within their kind, else as they stand.

    Where some were put together from those of projects, by task.
    """
    wanted = squeezed(name)
    own = [record for record in sources.lists[INDICATORS] if squeezed(record["object"]) == wanted]
    by_task = any(ASSEMBLED in record for record in own)
    return sorted(own, key=lambda record: (by_task and _number(record["task"]), _number(record.get("number", ""))))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 10**6
