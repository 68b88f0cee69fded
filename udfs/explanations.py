"""审核说明: what the clerk has written about findings, and which finding each of them is about.

An explanation is bound to the code, the place and the figures of its finding, never to how it is worded. Beside the
list of marks, 校验结果 holds for each of its rows what the row shows and what its finding is known by, both as digests;
a row is found there by what it shows, so the clerk may sort the rows. Rows written by 0.1.0 have no such entry: they
are held against the findings by rule, place and amounts, and where these do not decide by the texts in their message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from hashlib import blake2b

from msgspec import Struct

from udfs.base import FORCED, HINT, Area, Block, Figures, Finding, Grids, cell, plain, squeezed
from workbook_templates.defined_names import FINDINGS, MARKS

#: Checks that what is needed is filled in: no explanation answers them.
REQUIRED = ("F03", "F53", "E13", "D15")
#: The one that says by itself that it must be filled in.
_SAYS_REQUIRED = "F03.field"
#: Offset of the column 审核说明.
EXPLANATION = 9
_RULE, _PLACE, _MESSAGE, _LEFT, _RIGHT = 2, 3, 4, 5, 6  #: offsets of what a row shows
_DIGEST_BYTES = 8
#: Begins every entry, so that no program takes one for a number.
_LEAD = "Y"
_HEADING = "核对码（程序用，勿改）"
#: What 0.1.0 put behind a message whose finding stands for others; nothing after it belongs to the finding.
_FOLDED = "。同一原因还使"
_AMOUNT = re.compile(r"-?\d+(\.\d+)?")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


class Row(Struct, frozen=True):
    """What a row of 校验结果 shows of its finding; amounts as the shortest text of each."""

    rule: str
    place: str
    message: str
    left: str
    right: str

    @property
    def digest(self) -> str:
        """What the row is found by."""
        return _digest((self.rule, self.place, squeezed(self.message), self.left, self.right))


class Lapsed(Struct, frozen=True):
    """An explanation whose finding is no longer there. `known_by`: its finding's digest, empty where not written."""

    row: Row
    known_by: str
    text: str


class Explanations(Struct, frozen=True):
    """The clerk's written explanations: those that still fit a finding, by its figures, and those that lapsed."""

    kept: Mapping[Figures, str]
    lapsed: tuple[Lapsed, ...]


def read_explanations(grids: Grids, names: Mapping[str, Area], findings: Sequence[Finding]) -> Explanations:
    """The column 审核说明 as it stands, held against what is found now."""
    if FINDINGS not in names:
        return Explanations({}, ())
    sheet, first, left, *_ = names[FINDINGS]
    grid = grids.get(sheet, [])
    kept: dict[Figures, str] = {}
    lapsed: list[Lapsed] = []
    entries: dict[str, str] | None = None
    now = {known_by(f): f for f in findings}
    for at in range(first, len(grid) + 1):
        text = plain(cell(grid, at, left + EXPLANATION))
        if not text:
            continue
        row = row_of(*(cell(grid, at, left + offset) for offset in (_RULE, _PLACE, _MESSAGE, _LEFT, _RIGHT)))
        entries = _read_entries(grids, names) if entries is None else entries
        known = entries.get(row.digest, "")
        row = row_of(row.rule, row.place, row.message.split(_FOLDED)[0], row.left, row.right)
        finding = now.get(known) if known else finding_shown(row, now.values())
        if finding is not None:
            kept[finding.figures] = text
        else:
            lapsed.append(Lapsed(row, known, text))
    return Explanations(kept, tuple(lapsed))


def is_unanswered(finding: Finding, explanations: Explanations) -> bool:
    """Whether finishing still asks the clerk to explain a 提示, or to fill in what is required."""
    return finding.grade == HINT and (finding.rule in REQUIRED or finding.figures not in explanations.kept)


def still_open(findings: Iterable[Finding], explanations: Explanations) -> list[str]:
    """What stands against finishing: 强制 findings, 提示 without an explanation, required fields left blank."""
    points = []
    for finding in findings:
        if finding.grade == FORCED:
            points.append(_point(finding, "必须改正"))
        elif not is_unanswered(finding, explanations):
            continue
        elif finding.rule in REQUIRED:
            points.append(_point(finding, "" if finding.code == _SAYS_REQUIRED else "必须填写"))
        else:
            points.append(_point(finding, "请改正，或在“校验结果”中填写审核说明"))
    return points


def _point(finding: Finding, advice: str) -> str:
    place = f"{finding.place} " if finding.place else ""
    told = f"{finding.grade} {finding.rule} {place}{finding.message}"
    return f"{told}（{advice}）" if advice else told


def known_by(finding: Finding) -> str:
    """What a finding is known by on 校验结果: a digest of its code, place and figures."""
    return _digest(finding.figures)


def entry_blocks(
    names: Mapping[str, Area], rows: Sequence[Sequence[object]], known: Sequence[str], used: int
) -> list[Block]:
    """The entries of rows of 校验结果, beside the marks. `known`: what each row's finding is known by, empty for none.

    `used`: rows that entries take now.
    """
    sheet, first, column, *_ = names[MARKS]
    entries: list[list[object]] = []
    for cells, digest in zip(rows, known, strict=True):
        row = row_of(*(cells[offset] for offset in (_RULE, _PLACE, _MESSAGE, _LEFT, _RIGHT)))
        entries.append([f"{_LEAD}{row.digest}{digest}" if digest else None])
    entries += [[None] for _ in range(used - len(entries))]
    if not entries:
        return []
    return [Block(sheet, first - 1, column + 1, [[_HEADING]]), Block(sheet, first, column + 1, entries)]


def entries_area(names: Mapping[str, Area]) -> Area:
    """Where the entries stand: right of the marks."""
    sheet, first, column, last, right = names[MARKS]
    return (sheet, first, column + 1, last, right + 1)


def _read_entries(grids: Grids, names: Mapping[str, Area]) -> dict[str, str]:
    """For each row by what it shows what its finding is known by."""
    if MARKS not in names:
        return {}
    sheet, first, column, *_ = entries_area(names)
    grid = grids.get(sheet, [])
    length = 2 * _DIGEST_BYTES
    texts = (plain(cell(grid, row, column)) for row in range(first, len(grid) + 1))
    return {t[1 : 1 + length]: t[1 + length :] for t in texts if t.startswith(_LEAD) and len(t) == 1 + 2 * length}


def row_of(*cells: object) -> Row:
    """A row by its cells: rule, place, message, left and right amount."""
    rule, place, message, left, right = cells
    return Row(plain(rule), plain(place), plain(message), _amount_text(left), _amount_text(right))


def _amount_text(value: object) -> str:
    """An amount as it is held against another, however the cell has it."""
    if isinstance(value, int | float | Decimal):
        return f"{float(value):.15g}"
    text = plain(value)
    return f"{float(text):.15g}" if _AMOUNT.fullmatch(text) else text


def finding_shown(row: Row, findings: Iterable[Finding]) -> Finding | None:
    """The one finding that a row without an entry shows; None where there is none, or more than one."""
    wanted = (row.rule, row.place, row.left, row.right)
    same = [f for f in findings if (f.rule, f.place, _amount_text(f.left), _amount_text(f.right)) == wanted]
    if len(same) > 1 or not (row.left or row.right):
        as_told = [f for f in same if str(f.words) == row.message]
        same = as_told or [f for f in same if _speaks_of(row.message, f)]
    return same[0] if len(same) == 1 else None


def _speaks_of(message: str, finding: Finding) -> bool:
    """Whether a message holds every text that a finding is about, and no figure that the finding does not have."""
    figures = set(_NUMBER.findall(str(finding.words)))
    return all(_holds(message, text) for text in finding.words.texts) and figures.issuperset(_NUMBER.findall(message))


def _holds(message: str, text: str) -> bool:
    """Whether a text stands in a message, not as a piece of a longer number."""
    before = r"(?<![\d.])" if text[:1].isdigit() else ""
    after = r"(?!\d|\.\d)" if text[-1:].isdigit() else ""
    return re.search(before + re.escape(text) + after, message) is not None


def _digest(parts: Iterable[str]) -> str:
    return blake2b("\x1f".join(parts).encode(), digest_size=_DIGEST_BYTES).hexdigest()
