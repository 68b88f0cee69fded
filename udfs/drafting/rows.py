"""The rows of a printed table as a draft has them: a tree of codes, a list of its own, fixed rows with their labels."""

from __future__ import annotations

import re
from collections.abc import Sequence

from udfs.base import is_blank, plain, squeezed
from udfs.drafting.pages import PrintedTable
from udfs.drafting.parts import DraftBlock, DraftLabel, DraftRow
from udfs.drafting.vocabulary import Guess, stem
from udfs.foreign import is_number

#: A numbered part below a numbered head: 1. or （一）.
PART = re.compile(r"^(\d{1,2}[.、．]|[（(][一二三四五六七八九十\d]+[）)])")
#: A numbered head: 一、.
HEAD = re.compile(r"^[一二三四五六七八九十]+、")
#: What a blank form leaves of a numbered row.
BLANK = re.compile(r"[一二三四五六七八九十]+、?[….·。]*")
TOTAL = re.compile(r"^(合计|总计|小计|.*(总计|合计|小计))$")
_DIMENSIONS = {"2": "function", "3": "departmental"}
_LEVELS = {"function": (3, 5, 7), "departmental": (3, 5)}


def _borrowed(table: PrintedTable, r: int, before: Sequence[DraftBlock], *, aside: bool) -> tuple[int, str]:
    """Column (from 1) and text of a label in the block before, beside whose label that block has no amount."""
    for block in reversed(before):
        if any(not is_blank(table.rows[r][c.at - 1]) for c in block.columns):
            return 0, ""
        for label in block.labels:
            text = squeezed(table.rows[r][label.at - 1])
            if text and (TOTAL.match(stem(text)) or aside):
                return label.at, text
    return 0, ""


def _given_away(table: PrintedTable, block: DraftBlock, row: DraftRow) -> bool:
    """Whether a total has its amount in a block further right: its own is blank and the next amount is not."""
    if row.at or not TOTAL.match(stem(row.key)):
        return False
    last = max(c.at for c in block.columns)
    cells = table.rows[row.row]
    right = next(((c, v) for c, v in enumerate(cells[last:], last) if not is_blank(v)), None)
    own = all(is_blank(cells[c.at - 1]) for c in block.columns)
    return own and right is not None and is_number(right[1])


def unfold_tree(table: PrintedTable, block: DraftBlock, codes: Sequence[DraftLabel], *, income: bool) -> None:
    """Rows that unfold by code, and the total above or below them."""
    parts = len(codes) > 1
    for n, label in enumerate(codes, 1):
        label.shows = f"part{n}" if parts else "code"
    for label in block.labels:
        label.shows = label.shows if label in codes else "name"
    found = []
    total = None
    for r, row in enumerate(table.rows):
        pieces = [squeezed(row[label.at - 1]).removesuffix(".0") for label in codes]
        code = "".join(pieces)
        if code.isdigit():
            found.append(code)
            block.body.append(r)
        elif any(TOTAL.match(squeezed(row[label.at - 1])) for label in block.labels):
            texts = [squeezed(row[label.at - 1]) for label in block.labels]
            while not texts[-1]:
                texts.pop()
            total = total or (r, tuple(texts))
    text = "".join(table.path(codes[0].at - 1)) + table.title
    dimension = (
        _DIMENSIONS.get(found[0][0], "")
        if found
        else ("function" if "功能" in text else "departmental" if "经济" in text else "")
    )
    known = bool(dimension) and not income
    if income:
        block.guess = Guess(block.guess.where, 0.5, "收入按哪一种科目列示，是否取自支出明细")
    tree = DraftRow(
        "tree", dimension=dimension or "function", guess=Guess({}, 0.95 if known else 0.5, "行按哪一种科目分列")
    )
    tree.levels = (
        _LEVELS[tree.dimension]
        if parts is False or len(codes) == len(_LEVELS[tree.dimension])
        else _LEVELS[tree.dimension][: len(codes)]
    )
    rows = [tree]
    if total is not None:
        below = bool(block.body) and total[0] > block.body[-1]
        rows.insert(1 if below else 0, DraftRow("label", total[1], line="bottom" if below else 0, row=total[0]))
    block.rows = rows


def unfold_list(table: PrintedTable, block: DraftBlock) -> None:
    """Several columns of text without codes: a list of its own, a level for columns that are filled together."""
    first = None
    together: list[tuple[int, ...]] = []
    for r, row in enumerate(table.rows):
        filled = tuple(n for n, label in enumerate(block.labels) if not is_blank(row[label.at - 1]))
        if len(filled) == 1 and TOTAL.match(squeezed(row[block.labels[filled[0]].at - 1])) and first is None:
            first = DraftRow("label", (squeezed(row[block.labels[filled[0]].at - 1]),), row=r)
            continue
        block.body.append(r)
        if filled and filled not in together:
            together.append(filled)
    starts = sorted({filled[0] for filled in together} | {0}) if together else list(range(len(block.labels)))
    # A level begins where rows begin; a column that always follows another belongs to its level.
    heads = [s for s in starts if s == 0 or not any(s in filled and filled[0] < s for filled in together)] or [0]
    levels: list[tuple[str, ...]] = []
    for n, label in enumerate(block.labels):
        label.shows, label.of = "name", f"text{n + 1}"
        if n in heads or not levels:
            levels.append((label.of,))
        else:
            levels[-1] = (*levels[-1], label.of)
    name = table.core.replace("{year}年", "").removesuffix("表").removesuffix("预算").removesuffix("支出")
    block.guess = Guess({"flow": (name,)}, 0.8)
    block.rows = [*([first] if first else []), DraftRow("list", levels=tuple(levels), guess=Guess({}, 0.9))]


def labelled_rows(table: PrintedTable, block: DraftBlock, before: Sequence[DraftBlock]) -> list[DraftRow]:
    """The rows with their texts; a total whose label stands in the block before is this one's."""
    mine = [label.at - 1 for label in block.labels]
    amounts = [column.at - 1 for column in block.columns]
    rows: list[DraftRow] = []
    line = 0
    aside = False
    texts_used = 1
    for r, cells in enumerate(table.rows):
        texts = ["".join(plain(cells[c]).split()) for c in mine]
        if any(texts):
            at = 0
        else:
            at, text = _borrowed(table, r, before, aside=aside)
            filled = any(not is_blank(cells[c]) for c in amounts)
            if not at or not (filled or aside):
                continue
            texts, aside = [text], True
        if len([t for t in texts if t]) > 1 or (len(texts) > 1 and not texts[0]):
            texts_used = len(texts)
        row = DraftRow("label", tuple(texts), row=r, at=at)
        if table.lines[r] != line + 1:
            row.line = table.lines[r]
        line = table.lines[r]
        rows.append(row)
    # What a later block takes over is none of this one's: a total beside which this block has no amount.
    if before_next := [n for n, row in enumerate(rows) if _given_away(table, block, row)]:
        rows = [row for n, row in enumerate(rows) if n < before_next[0]]
    keep = [n for n in range(len(mine)) if any(len(row.texts) > n and row.texts[n] for row in rows)]
    for row in rows:
        row.texts = (row.texts[0],) if texts_used == 1 or len(row.texts) == 1 else tuple(row.texts[n] for n in keep)
        if len(row.texts) > 1 and row.texts[0] and not any(row.texts[1:]):
            row.texts = (row.texts[0],)
    if rows and isinstance(rows[-1].line, int) and rows[-1].line and len(rows) > 1 and TOTAL.match(stem(rows[-1].key)):
        rows[-1].line = "bottom"
    return rows
