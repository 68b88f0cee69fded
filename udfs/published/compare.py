"""A document against the workbook it was made from: what was changed by hand, and which of the two holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from difflib import SequenceMatcher

import numpy as np

from udfs.base import Finding, add, half_up, printed, say, squeezed
from udfs.foreign import Published
from udfs.published import findings as f
from udfs.published.findings import AGAINST, DocumentFinding, told
from udfs.published.places import Places
from udfs.tables import Printed

_SIGNED = re.compile(r"[\d\-年月日]*(负责人|经办人|联系电话|填报日期)*[\d\-年月日]*")
#: A cell of one of our sheets.
Cell = tuple[str, str]


def _cells(tables: Printed) -> dict[tuple[str, str, str, str, int], int]:
    """Every amount cell by form, block, row and column; rows of one name are told apart by their order."""
    found: dict[tuple[str, str, str, str, int], int] = {}
    for block in tables.blocks:
        seen: Counter[tuple[str, str]] = Counter()
        for r, row in enumerate(block.rows):
            for c, column in enumerate(block.block.columns):
                key = (row.path, column.key)
                found[block.form.code, block.block.name, *key, seen[key]] = block.cell(r, c)
                seen[key] += 1
    return found


def tables_compared(
    places: Places, own: Printed, book: Printed, doubted: Collection[Cell], doubted_in_book: Collection[Cell]
) -> Iterator[DocumentFinding]:
    """Cells and rows that differ. `doubted`: cells that the relations call wrong, in the document and the workbook."""
    mine, theirs = _cells(own), _cells(book)
    there = {t.form.code for t in places.found.tables}
    for key in [*mine, *(k for k in theirs if k not in mine)]:
        code = key[0]
        if code not in there:
            continue
        here, other = mine.get(key), theirs.get(key)
        shown = _shown(own, here)
        wanted = _shown(book, other)
        if shown == wanted:
            continue
        tables, index = (own, here) if here is not None else (book, other)
        assert index is not None
        sheet, cell = own.address(here) if here is not None else (tables.block_of(index).form.sheet, "")
        label = tables.label(index)
        advice = _advice((sheet, cell) in doubted, other is not None and book.address(other) in doubted_in_book)
        row = "" if here is not None else "（文件中没有这一行）" if other is not None else ""
        row = "（工作簿中没有这一行）" if other is None else row
        message = say(
            "{label}：文件为{shown}，工作簿为{wanted}{row}；{advice}",
            "amount",
            label=label,
            shown=shown or "空",
            wanted=wanted or "空",
            row=row,
            advice=add("{advice}", advice=advice),
        )
        difference = _difference(shown, wanted)
        # The cell named is the workbook's, where it has one: that is what the clerk has open.
        at = book.address(other) if other is not None else (sheet, cell)
        finding = Finding("P20", f.RULES["P20"][0], *at, message, shown, wanted, difference)
        yield DocumentFinding(finding, places.page(sheet, cell), 0, shown, AGAINST, *places.row_of(sheet, cell))
    yield from _names(places, own, book)


def _names(places: Places, own: Printed, book: Printed) -> Iterator[DocumentFinding]:
    """Labels of rows that differ though their codes are the same."""
    theirs = {(b.form.code, b.block.name, r.path): r for b in book.blocks for r in b.rows}
    there = {t.form.code for t in places.found.tables}
    for block in own.blocks:
        if block.form.code not in there:
            continue
        for row in block.rows:
            other = theirs.get((block.form.code, block.block.name, row.path))
            one, two = "".join(map(squeezed, row.texts)), "".join(map(squeezed, other.texts)) if other else ""
            if other is None or one == two:
                continue
            sheet, cell = block.form.sheet, f"A{row.row}"
            message = say(
                "{sheet}行名：文件为“{own}”，工作簿为“{other}”，请核对",
                "name",
                sheet=sheet,
                own="".join(row.texts),
                other="".join(other.texts),
            )
            finding = Finding("P20", f.RULES["P20"][0], sheet, cell, message)
            quote = row.texts[-1] or row.texts[0]
            yield DocumentFinding(finding, places.page(sheet, cell), 0, quote, AGAINST, *places.row_of(sheet, cell))


def _shown(tables: Printed, index: int | None) -> str:
    if index is None or not bool(np.asarray(tables.filled)[index]):
        return ""
    return f"{printed(tables.places[index]):.2f}"


def _difference(shown: str, wanted: str) -> str:
    return f"{half_up(Decimal(shown or 0) - Decimal(wanted or 0)):.2f}"


def _advice(document: bool, book: bool) -> str:
    if document and not book:
        return "按勾稽关系，工作簿的数正确，请改正文件"
    if book and not document:
        return "按勾稽关系，文件的数正确，请改正工作簿并重新导出"
    return "导出后被改动过，请核对哪一个正确"


# -- text


def text_compared(document: Published, wanted: Sequence[str]) -> Iterator[DocumentFinding]:
    """Paragraphs changed, left out or added. `wanted`: the paragraphs of the workbook's document, in order."""
    # Signature lines of performance forms may stand without a frame; the forms are compared by themselves.
    passages = [p for p in document.running_text() if p.page > 1 and not _SIGNED.fullmatch(squeezed(p.text))]
    own = [_plain(p.text) for p in passages]
    theirs = [_plain(text) for text in wanted]
    titles = {squeezed(a.text) for t in document.tables for a in t.above}
    for kind, i, j, k, m in SequenceMatcher(None, own, theirs, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        pairs = paired(own[i:j], theirs[k:m])
        for at, to in pairs:
            passage = passages[i + at] if at is not None else None
            if passage is not None and to is not None:
                if not document.name.lower().endswith(".docx") and _bare(passage.text) == _bare(wanted[k + to]):
                    continue  # a full stop that hangs beyond the margin may be lost in a PDF
                left, right = changed(passage.text, wanted[k + to])
                message = f"与工作簿不一致：文件为“{left}”，工作簿为“{right}”；导出后被改动过，请核对哪一个正确"
                yield told(
                    "P21", message, AGAINST, page=passage.page, paragraph=passage.paragraph, quote=left.strip("…")
                )
            elif passage is not None:
                if squeezed(passage.text) in titles or not own[i + (at or 0)]:
                    continue
                message = f"工作簿中没有这一段：“{passage.text[:40]}”，导出后加入，请核对"
                yield told(
                    "P21", message, AGAINST, page=passage.page, paragraph=passage.paragraph, quote=passage.text[:40]
                )
            elif to is not None:
                page = passages[min(i, len(passages) - 1)].page if passages else 0
                message = f"缺少工作簿中的一段：“{wanted[k + to][:40]}”，导出后删去，请核对"
                yield told("P21", message, AGAINST, page=page)


def _plain(text: str) -> str:
    return re.sub(r"\s", "", squeezed(text))


def _bare(text: str) -> str:
    return re.sub(r"[。，、；：]", "", _plain(text))


def paired(own: Sequence[str], theirs: Sequence[str]) -> list[tuple[int | None, int | None]]:
    """Changed paragraphs or rows beside those they most likely were; one that is like none stands alone."""
    result: list[tuple[int | None, int | None]] = []
    free = list(range(len(theirs)))
    for at, text in enumerate(own):
        ranked = sorted(
            ((SequenceMatcher(None, text, theirs[n], autojunk=False).ratio(), -n) for n in free), reverse=True
        )
        if ranked and ranked[0][0] > 0.5:
            free.remove(-ranked[0][1])
            result.append((at, -ranked[0][1]))
        else:
            result.append((at, None))
    return result + [(None, n) for n in free]


def changed(one: str, other: str) -> tuple[str, str]:
    """The stretch in which two texts differ, with a few characters around it."""
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    begin = max(0, start - 12)

    def cut(text: str) -> str:
        until = min(len(text), len(text) - end + 12)
        return ("…" if begin else "") + text[begin:until] + ("…" if until < len(text) else "")

    return cut(one), cut(other)
