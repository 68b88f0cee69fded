"""The seal in a workbook file: the sheet 定稿信息 and the check code on 封面, written and read back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from addin.xlsx import (
    DECEIVING,
    HARMLESS,
    LARGER,
    PRINTED,
    SMALLER,
    Form,
    NewSheet,
    Workbook,
    cut_off,
    formats_of,
    looks_of,
    rounded_by_width,
    runs_of,
    set_otherwise,
    sizes_of,
    spread,
)
from udfs.base import CODE_LEAD, Grids, InputProblems, address, cell, plain
from udfs.upward import Alteration, Seal, SealError, SealPlace, SealState, changes, digests, dump, unpacked, values_of
from workbook_templates.defined_names import RELATIONS
from workbook_templates.reading import Edition

SHEET = "定稿信息"
#: The classifications are the program's own, the same in every workbook of an edition.
OWN_SHEETS = ("科目表",)
#: No place of a seal: every cell counts.
_NOWHERE = SealPlace("", 0, 0, "", 0)
_HEAD = "封印（由程序写入，请勿改动）"
_LABELS = ("国密SM3", "SHA-256", "校验码", "签名公钥", "签名", "内容")
_WIDTHS = (18, 78, 3)


class Verified(Struct, frozen=True):
    """What became of a workbook since it was sealed. `seal` is None where there is none that can be read."""

    seal: Seal | None
    changes: tuple[Alteration, ...]
    facts: Mapping[str, str]
    message: str = ""  #: why there is no seal, or what is wrong with the seal itself
    state: SealState = SealState.DAMAGED  #: of the seal, its signature aside
    looks: tuple[Alteration, ...] = ()  #: what looks otherwise without showing another figure

    @property
    def intact(self) -> bool:
        """Whether nothing at all has changed."""
        return self.state is SealState.INTACT


def formulas_of(book: Workbook) -> dict[str, dict[tuple[int, int], str]]:
    """The text of every formula by sheet and cell, shared ones each as its cell has it; see `spread`."""
    found = {name: spread(sheet.formulas()) for name, sheet in book.reading.sheets.items()}
    return {name: formulas for name, formulas in found.items() if formulas}


def information_sheet(lines: Sequence[Sequence[Any]], seal: Sequence[Sequence[Any]]) -> NewSheet:
    """The sheet 定稿信息: what was finished, by whom and how it was checked; below it the seal."""
    rows = [*lines, *seal]
    return NewSheet(
        name=SHEET,
        widths=_WIDTHS,
        head=((1, [SHEET], "公开-标题", 34), (2, ["定稿时由程序写入，随工作簿上报，请勿改动"], "公开-填写提示", 22)),
        rows=lambda: rows,
        first_row=3,
        styles=("公开-说明", "公开-说明", "公开-文字"),
        merged=(1, 2),
        landscape=False,
        wrapped=(1, 2),
        # The dump at the end is nothing for paper.
        printed=2 + len(lines) + min(len(seal), len(_LABELS)),
    )


def seal_rows(seal: Seal, content: Sequence[str]) -> list[list[Any]]:
    """The rows of the seal, exactly as they have to stand, above its packed content."""
    values = (seal.sm3, seal.sha256, seal.code, seal.key, seal.signature)
    rows: list[list[Any]] = [[_HEAD, None, None]]
    rows += [[label, value or None, None] for label, value in zip(_LABELS, values, strict=False)]
    rows += [[_LABELS[-1], text, None] for text in content]
    return rows


def dump_of(book: Workbook, place: SealPlace, facts: Mapping[str, str]) -> bytes:
    """The canonical dump of a workbook file."""
    return dump(book.grids, formulas_of(book), book.package.names, place, facts, OWN_SHEETS, display_of(book))


def display_of(book: Workbook) -> dict[str, Any]:
    """What is seen of a workbook besides its values: what looks otherwise than it is, and the results of formulas."""
    looks = [[look.sheet, look.cell, look.kind, look.what] for look in looks_of(book.package, book.reading, book.grids)]
    sizes = {name: sizes_of(sheet) for name, sheet in book.reading.sheets.items() if name not in OWN_SHEETS}
    listed = {name: [sorted(size.items()) for size in both] for name, both in sizes.items() if any(both)}
    formats = formats_of(book.package)
    forms = sorted(set(formats.forms), key=msgspec.json.encode)
    place = {form: n for n, form in enumerate(forms)}
    numbers = {n: place[form] for n, form in enumerate(formats.forms)}
    # The sheet of live formulas repeats what other sheets hold, in thousands of cells.
    without = (*OWN_SHEETS, book.package.names.get(RELATIONS, ("",))[0])
    cells = {name: runs_of(sheet, numbers) for name, sheet in book.reading.sheets.items() if name not in without}
    return {
        "looks": looks,
        "results": _results(book),
        "sizes": listed,
        "own": _own_digests(book),
        "forms": [msgspec.to_builtins(form) for form in forms],
        "cells": {name: runs for name, runs in cells.items() if runs},
        "letters": formats.usual_size,
    }


def _own_digests(book: Workbook) -> dict[str, str]:
    """What the program's own sheets hold, which are sealed as a whole."""
    return {
        name: hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
        for name, content in values_of({n: book.grids[n] for n in OWN_SHEETS if n in book.reading.sheets}, {}, _NOWHERE)
    }


def _results(book: Workbook) -> dict[str, str]:
    """The kept results of formulas by sheet: what is seen until the workbook is calculated anew."""
    found = {name: sheet.results() for name, sheet in book.reading.sheets.items() if b"<f" in sheet.data}
    return {name: results for name, results in found.items() if results}


def _by_cell(results: str) -> dict[str, str]:
    """Results by cell, amounts to the fen: programs keep more digits or fewer."""
    found = {}
    for line in results.splitlines():
        at, kind, text = line.split("\t", 2)
        found[at] = f"{float(text) + 0.0:.2f}".replace("-0.00", "0.00") if kind == "n" else text
    return found


def _display_changes(sealed: Mapping[str, Any] | None, book: Workbook) -> tuple[list[Alteration], list[Alteration]]:
    """What is seen otherwise than when it was sealed, though the values may be the same.

    First what lets a reader see another figure, then what does not.
    """
    now = looks_of(book.package, book.reading, book.grids)
    if sealed is None:
        new = [look for look in now if look.kind in DECEIVING]
    else:
        known = {tuple(look) for look in sealed["looks"]}
        new = [look for look in now if (look.sheet, look.cell, look.kind, look.what) not in known]
    # The seal's own content, at the end, is nothing for paper.
    new = [look for look in new if (look.sheet, look.kind) != (SHEET, PRINTED)]
    told = [
        (look.kind in HARMLESS, Alteration(look.sheet, look.cell, f"外观与封印时不同：{look.what}", looks=True))
        for look in new
    ]
    told += _set_changes(sealed, book) if sealed is not None else []
    differing = [one for harmless, one in told if not harmless]
    own = _own_digests(book) if sealed is not None else {}
    for name, digest in (sealed or {}).get("own", {}).items():
        if own.get(name, digest) != digest or name not in book.package.sheets:
            differing.append(Alteration(name, "", "内容与封印时不同"))
    for name, (widths, heights) in (sealed or {}).get("sizes", {}).items():
        sheet = book.reading.sheets.get(name)
        for at, what in cut_off(sheet, dict(widths), dict(heights)) if sheet is not None else ():
            differing.append(Alteration(name, at, what, looks=True))
    kept = _results(book) if sealed is not None else {}
    for name, results in (sealed or {}).get("results", {}).items():
        # A program that does not calculate keeps no result; whoever opens the workbook calculates it then.
        if kept.get(name, "") in ("", results):
            continue
        there = _by_cell(kept[name])
        for at, text in _by_cell(results).items():
            shown = there.get(at, text)
            if shown != text:
                message = f"公式的结果封印时显示为{text or '空'}，现显示为{shown or '空'}"
                differing.append(Alteration(name, at, message, text, shown, looks=True))
    return differing, [one for harmless, one in told if harmless]


def _set_changes(sealed: Mapping[str, Any], book: Workbook) -> list[tuple[bool, Alteration]]:
    """Cells that are set or coloured otherwise than when they were sealed, and whether that is harmless."""
    if "forms" not in sealed:
        return []
    formats = formats_of(book.package)
    before = [msgspec.convert(form, Form) for form in sealed["forms"]]
    found = []
    for name, runs in sealed["cells"].items():
        sheet, grid = book.reading.sheets.get(name), book.grids.get(name, [])
        if sheet is None:
            continue
        for at, what, deceives in set_otherwise(sheet, grid, formats, before, runs):
            found.append((not deceives, Alteration(name, at, f"外观与封印时不同：{what}", looks=True)))
        found += [(False, Alteration(name, *narrow, looks=True)) for narrow in rounded_by_width(sheet, grid, formats)]
    was = float(sealed["letters"])
    # Columns are measured in digits of the usual size.
    if not was * SMALLER < formats.usual_size < was * LARGER:
        message = f"通常的字号由{was:g}变为{formats.usual_size:g}，列宽随之改变，内容可能显示不全"
        found.append((False, Alteration(book.path.name, "", message, looks=True)))
    return found


def read_seal(grids: Grids) -> tuple[Seal, int] | None:
    """The seal and its first row on 定稿信息; None where there is none. Raises SealError where it cannot be read."""
    grid = grids.get(SHEET)
    if grid is None:
        return None
    heads = [row for row in range(1, len(grid) + 1) if plain(cell(grid, row, 1)) == _HEAD]
    if len(heads) != 1:
        raise SealError("定稿信息中没有封印" if not heads else "定稿信息中有不止一个封印")
    first = heads[0]
    values: dict[str, list[str]] = {}
    for row in range(first + 1, len(grid) + 1):
        label = plain(cell(grid, row, 1))
        if label in _LABELS:
            values.setdefault(label, []).append(plain(cell(grid, row, 2)))
    single = {label: values.get(label, [""])[0] for label in _LABELS[:-1]}
    data = unpacked(values.get(_LABELS[-1], []))
    sm3, sha256 = digests(data)
    if (single["国密SM3"], single["SHA-256"]) != (sm3, sha256):
        raise SealError("封印本身被改动：内容与SM3、SHA-256摘要不一致")
    seal = Seal(data, sm3, sha256, single["签名公钥"], single["签名"])
    # The content has been proven by its digests; how it is packed may differ and says nothing.
    texts = values.get(_LABELS[-1], [])
    wanted = [*seal_rows(seal, []), *([_LABELS[-1], text, None] for text in texts)]
    width = max(3, *map(len, grid[first - 1 :]))
    found = [
        [plain(cell(grid, first + i, c + 1)) for c in range(width)]
        for i in range(max(len(wanted), len(grid) - first + 1))
    ]
    if found != [[*map(plain, row), *[""] * (width - 3)] for row in wanted]:
        raise SealError("封印本身被改动：封印各行与程序写入的不一致")
    return seal, first


def verify_book(book: Workbook) -> Verified:
    """Whether a workbook is as it was sealed, and every cell that is not."""
    try:
        found = read_seal(book.grids)
        if found is None:
            return Verified(None, (), {}, "没有封印：不是用“定稿”生成的文件，或“定稿信息”已被删除", SealState.NONE)
        seal, first = found
        content = seal.content
        place = SealPlace(*content["place"])
        facts = {str(key): str(value) for key, value in content["facts"].items()}
        moved = (place.seal_sheet, place.seal_row) != (SHEET, first)
        code = plain(cell(book.grids.get(place.code_sheet, []), place.code_row, place.code_column))
        differing = [Alteration(odd.sheet or book.path.name, odd.cell, odd.message) for odd in book.reading.oddities]
        differing += changes(content, book.grids, formulas_of(book), book.package.names)
        seen, harmless = _display_changes(content.get("display"), book)
        differing += seen
    except InputProblems:
        raise  # a part of the file is broken, not the seal
    except (msgspec.ValidationError, SealError, KeyError, TypeError, ValueError, AttributeError) as error:
        message = str(error) if isinstance(error, SealError) else "封印的内容无法读取"
        return Verified(None, (), {}, message)
    if moved:
        return Verified(None, (), {}, "封印本身被改动：所在位置与封印时不同")
    if code != CODE_LEAD + seal.code:
        at = address(place.code_row, place.code_column)
        message = f"校验码应为{CODE_LEAD}{seal.code}，现为{code or '空'}"
        differing.insert(0, Alteration(place.code_sheet, at, message, CODE_LEAD + seal.code, code))
    state = SealState.CHANGED if differing else SealState.INTACT
    return Verified(seal, tuple(differing), facts, "", state, tuple(harmless))


def accepted(book: Workbook, facts: Mapping[str, str] = {}, edition: Edition | None = None) -> str:
    """Why this office does not accept the workbook's edition or template; empty where it does.

    `facts`: what its seal says; `edition`: its edition, where it is known. An edition from outside the program must be
    the very one that it was finished with.
    """
    from addin.verbs.computing import edition_of

    try:
        edition = edition or edition_of(book)
    except InputProblems as problem:
        return problem.problems[0].message
    form = facts.get("form", edition.fingerprint)
    if not edition.shipped and form != edition.fingerprint:
        return f"定稿时所用的版式“{edition.name}”（指纹{form}）与这里的（指纹{edition.fingerprint}）内容不同"
    return ""


def lines_of(pairs: Sequence[tuple[str, str]]) -> list[list[Any]]:
    """Labels and values as rows of the sheet."""
    return [[label, value or None, None] for label, value in pairs]
