"""What stands around a document's figures against its workbook: cover, titles, headings and labels, row by row."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from difflib import SequenceMatcher

from msgspec import Struct

from udfs.base import squeezed
from udfs.foreign import PageTable, Published, Recognition, Targets, is_number
from udfs.published.compare import changed, paired
from udfs.published.findings import AGAINST, DocumentFinding, told

#: From which likeness on two lines or tables are the same.
_ALIKE = 0.5


class Frame(Struct, frozen=True):
    """A table as the workbook prints it: its sheet (a performance form has none), the lines above, its rows."""

    sheet: str
    above: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def frames_compared(
    document: Published,
    found: Recognition,
    targets: Targets,
    frames: Sequence[Frame],
    told_of: Collection[tuple[int, int]],
) -> Iterator[DocumentFinding]:
    """Titles, headings and labels that differ. `told_of`: tables and rows of which something is said already."""
    numbers = {document.sheet_of(n): n for n in range(len(document.tables))}
    own = {t.form.sheet: numbers[t.sheet] for t in found.tables if t.sheet in numbers}
    forms = [numbers[sheet] for sheet in targets.sheets if sheet in numbers]
    for frame in frames:
        number = own.get(frame.sheet, -1) if frame.sheet else _nearest(document, frame, forms)
        if number >= 0:
            yield from _titles(document.tables[number], frame)
            yield from _rows(document.tables[number], number, frame, told_of)


def cover_compared(document: Published, wanted: Sequence[str]) -> Iterator[DocumentFinding]:
    """The lines of the cover."""
    first = [p for p in document.passages if p.page == 1 and not p.contents]
    text = squeezed("".join(p.text for p in first))
    for line in wanted:
        if first and squeezed(line) not in text:
            near = max(first, key=lambda p: _ratio(p.text, line))
            message = f"封面与工作簿不一致：文件为“{near.text}”，工作簿为“{line}”，请核对"
            yield told("P21", message, AGAINST, page=1, paragraph=near.paragraph, quote=near.text)


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, squeezed(one), squeezed(other), autojunk=False).ratio()


def _words(rows: Sequence[Sequence[str | None]]) -> set[str]:
    return {squeezed(v) for row in rows for v in row if v}


def _nearest(document: Published, frame: Frame, forms: list[int]) -> int:
    """The performance form of the document that is most like one of the workbook's; it is taken once."""
    wanted = _words(frame.rows)

    def shared(number: int) -> float:
        own = _words(document.tables[number].rows)
        return len(own & wanted) / max(1, len(own | wanted))

    best = max(forms, key=shared, default=-1)
    if best < 0 or shared(best) < _ALIKE:
        return -1
    forms.remove(best)
    return best


def _titles(table: PageTable, frame: Frame) -> Iterator[DocumentFinding]:
    """The lines above a table, which may stand on one line or be broken over two."""
    text = squeezed("".join(p.text for p in table.above))
    for line in frame.above:
        if not line or squeezed(line) in text or not table.above:
            continue
        near = max(table.above, key=lambda p: _ratio(p.text, line))
        if _ratio(near.text, line) < _ALIKE:
            message = f"表上缺少工作簿的“{line}”，请核对"
        else:
            message = "表题与工作簿不一致：文件为“{}”，工作簿为“{}”，请核对".format(*changed(near.text, line))
        yield told("P21", message, AGAINST, page=near.page, paragraph=near.paragraph, quote=near.text)


def _rows(
    table: PageTable, number: int, frame: Frame, told_of: Collection[tuple[int, int]]
) -> Iterator[DocumentFinding]:
    """Headings and labels of rows that stand in both; figures and rows of one alone are told of elsewhere."""
    own = [tuple(squeezed(v) for v in row if v) for row in table.rows]
    theirs = [tuple(squeezed(v) for v in row if v) for row in frame.rows]
    for kind, i, j, k, m in SequenceMatcher(None, own, theirs, autojunk=False).get_opcodes():
        if kind != "replace":
            continue
        pairs = paired([_label(r) for r in own[i:j]], [_label(r) for r in theirs[k:m]])
        alone = [at for at, to in pairs if to is None], [to for at, to in pairs if at is None]
        # As many of one as of the other: a label so short that one character leaves no likeness.
        pairs += zip(*alone, strict=True) if len(alone[0]) == len(alone[1]) else ()
        for at, to in pairs:
            if at is None or to is None or (number, i + at) in told_of:
                continue
            pair = _differing(own[i + at], theirs[k + to])
            if pair is not None:
                message = "{}行名或表头与工作簿不一致：文件为“{}”，工作簿为“{}”，请核对".format(
                    frame.sheet or "绩效目标表", *(pair[0] or "空白", pair[1] or "空白")
                )
                page = table.pages[i + at]
                made = told("P21", message, AGAINST, page=page, quote=pair[0], sheet=frame.sheet or "绩效目标表")
                yield DocumentFinding(made.finding, page, 0, pair[0], AGAINST, number, i + at)


def _label(row: Sequence[str]) -> str:
    return "".join(v for v in row if not _amount(v))


def _differing(own: Sequence[str], theirs: Sequence[str]) -> tuple[str, str] | None:
    """The first text of a row that differs; amounts are compared elsewhere."""
    left = [v for v in own if not _amount(v)]
    right = [v for v in theirs if not _amount(v)]
    for one, other in zip(left, right, strict=False):
        if one != other:
            return one, other
    if len(left) != len(right):
        rest = [*left[len(right) :], ""], [*right[len(left) :], ""]
        return rest[0][0], rest[1][0]
    return None


def _amount(text: str) -> bool:
    """Whether a text is an amount and no number of a column, which are whole."""
    return is_number(text) and ("." in text or "," in text)
