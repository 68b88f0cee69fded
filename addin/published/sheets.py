"""The workbook of `inspect`: 检查表, a grid over all documents, the findings, what could not be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from addin.verbs.computing import edition_named
from addin.xlsx import NewSheet, Rule, Workbook, add_sheet, new_file, without_sheets
from udfs.base import NOTE, column_letters

CHECKLIST, GRID, LIST, UNREAD = "检查表", "检查一览", "问题清单", "未能读取"
_RED, _AMBER, _GREEN, _GREY, _INK = "FFFFC7CE", "FFFFE699", "FFC6E0B4", "FFE7E6E6", "FF1F2937"
#: A cell takes no more text; findings of one document and in all.
_LONGEST, _MOST_LISTED = 30_000, 100_000
_OK = {True: "是", False: "否", None: "未判断"}

Record = Mapping[str, Any]


def write_checklist(out: Path, records: Sequence[Record]) -> None:
    """Write the workbook, beside its target and then renamed."""
    package = without_sheets(Workbook(edition_named(None).template).package)
    sheets = [_unread(records), _findings(records), _checklist(records)]
    if len(records) > 1:
        sheets.insert(2, _grid(records))
    for sheet in reversed(sheets):
        add_sheet(package, sheet)
    with new_file(out) as temporary:
        package.save(temporary)


def _title(record: Record) -> str:
    return str(record.get("unit") or Path(str(record["file"])).stem)


def _read(records: Sequence[Record]) -> list[Record]:
    return [r for r in records if r["state"] == "read"]


def _checklist(records: Sequence[Record]) -> NewSheet:
    """检查表: a line an item; of several documents one after the other."""
    rows: list[list[Any]] = []
    groups: list[int] = []
    for record in _read(records):
        if len(records) > 1:
            groups.append(len(rows) + 4)
            rows.append([None, f"{_title(record)}（{record['file']}）", None, None, None])
        seen = ""
        ranked = ("及时性", "内容规范性", "各表", "文字说明")
        items = sorted(record["items"], key=lambda i: ranked.index(i["group"]) if i["group"] in ranked else len(ranked))
        for item in items:
            group = item["group"] if item["group"] != seen else None
            seen = item["group"]
            text = "\n".join(f"{n}. {p}" if len(item["problems"]) > 1 else p for n, p in enumerate(item["problems"], 1))
            rows.append([len(rows) + 1 - len(groups), group, item["item"], _OK[item["ok"]], text[:_LONGEST] or None])
    area = f"A4:E{max(len(rows), 1) + 3}"
    told = "预算公开情况检查表：逐项列明是否符合要求，不符合的写明问题和所在页；“未判断”的由检查人核对"
    if len(records) == 1 and _read(records):
        told = f"{_title(records[0])}（{records[0]['file']}）。{told}"
    return NewSheet(
        name=CHECKLIST,
        widths=(6, 14, 34, 10, 86),
        head=(
            (1, ["预算公开情况检查表"], "公开-标题", 34),
            (2, [told], "公开-填写提示", 34),
            (3, ("序号", "检查类别", "检查内容", "符合要求", "问题"), "公开-表头", 26),
        ),
        rows=lambda: rows,
        first_row=4,
        styles=("公开-序号", "公开-说明", "公开-说明", "公开-居中格", "公开-说明"),
        merged=(1, 2),
        rules=(
            Rule(area, '$D4="否"', _RED, _INK),
            Rule(area, '$D4="未判断"', _GREY, _INK),
            Rule(area, '$D4=""', _AMBER, _INK, bold=True),
        ),
        frozen="A4",
        filtered=True,
        count=len(rows),
        heading=3,
        wrapped=(2, 3, 5),
        joined=tuple(f"B{row}:E{row}" for row in groups),
        locked=False,
    )


def _grid(records: Sequence[Record]) -> NewSheet:
    """检查一览: a line a document, a column an item."""
    read = _read(records)
    items = list(dict.fromkeys(i["item"] for r in read for i in r["items"]))[:60]
    rows: list[list[Any]] = []
    for record in records:
        if record["state"] != "read":
            rows.append([len(rows) + 1, record["file"], "未能读取", *[None] * (3 + len(items))])
            continue
        counts = [record["counts"].get(grade) for grade in ("强制", "提示")]
        by_item = {i["item"]: _OK[i["ok"]] for i in record["items"]}
        mark = "通过" if record["passed"] and not counts[1] else "有提示" if record["passed"] else "有强制问题"
        rows.append([len(rows) + 1, record["file"], mark, *counts, record["pages"], *(by_item.get(i) for i in items)])
    last = column_letters(6 + len(items))
    bottom = max(len(rows), 1) + 3
    area = f"G4:{last}{bottom}"
    heading = ("序号", "文件", "结论", "强制", "提示", "页数", *items)
    return NewSheet(
        name=GRID,
        widths=(6, 34, 12, 6, 6, 6, *[6.5] * len(items)),
        head=(
            (1, [GRID], "公开-标题", 34),
            (2, [f"共{len(records)}份文件，读出{len(read)}份；每列一项检查内容，是、否、未判断"], "公开-填写提示", 22),
            (3, heading, "公开-表头", 118),
        ),
        rows=lambda: rows,
        first_row=4,
        styles=("公开-序号", "公开-说明", "公开-居中格", *["公开-序号"] * 3, *["公开-居中格"] * len(items)),
        merged=(1, 2),
        rules=(
            Rule(area, 'G4="否"', _RED, _INK),
            Rule(area, 'G4="是"', _GREEN, _INK),
            Rule(area, 'G4="未判断"', _GREY, _INK),
            Rule(f"C4:C{bottom}", '$C4="有强制问题"', _RED, _INK, bold=True),
            Rule(f"C4:C{bottom}", '$C4="有提示"', _AMBER, _INK),
        ),
        frozen="D4",
        filtered=True,
        count=len(rows),
        heading=3,
        wrapped=(2,),
        locked=False,
    )


def _findings(records: Sequence[Record]) -> NewSheet:
    """问题清单: every finding with its page."""
    several = len(records) > 1
    rows = list(_finding_rows(records))[:_MOST_LISTED]
    heading = ("文件", "页", "位置", "级别", "规则", "问题与处理办法", "原文", "左方金额", "右方金额", "差额")
    area = f"D4:D{max(len(rows), 1) + 3}"
    told = "强制和提示的问题，按文件和页码排列" if rows else "没有强制和提示的问题"
    return NewSheet(
        name=LIST,
        widths=(30 if several else 16, 6, 14, 8, 9, 70, 34, 14, 14, 12),
        head=((1, [LIST], "公开-标题", 34), (2, [told], "公开-填写提示", 22), (3, heading, "公开-表头", 26)),
        rows=lambda: rows,
        first_row=4,
        styles=("公开-说明", "公开-序号", "公开-说明", "公开-居中格", *["公开-说明"] * 3, *["公开-表单金额"] * 3),
        merged=(1, 2),
        rules=(Rule(area, '$D4="强制"', _RED, "FF9C0006", bold=True), Rule(area, '$D4="提示"', _AMBER, _INK)),
        frozen="A4",
        filtered=True,
        count=len(rows),
        heading=3,
        wrapped=(1, 3, 6, 7),
        locked=False,
    )


def _finding_rows(records: Sequence[Record]) -> Iterator[list[Any]]:
    for record in _read(records):
        for found in sorted(record["findings"], key=lambda f: (f["page"] or 10**6, f["paragraph"])):
            if found["grade"] == NOTE:
                continue
            place = f"{found['sheet']}" if found["sheet"] != "正文" else ""
            place += f"第{found['paragraph']}段" if found["paragraph"] else ""
            amounts = [found[key] or None for key in ("left", "right", "difference")]
            yield [
                record["file"],
                found["page"] or None,
                place or None,
                found["grade"],
                found["rule"],
                found["message"][:_LONGEST],
                found["quote"][:200] or None,
                *amounts,
            ]


def _unread(records: Sequence[Record]) -> NewSheet:
    """未能读取: files, tables and figures that nobody has checked."""
    rows: list[list[Any]] = []
    for record in records:
        if record["state"] != "read":
            rows.append([record["file"], None, "整份文件", record["message"]])
            continue
        rows += [[record["file"], None, "表格", text] for text in (*record["unread"], *record["unplaced"])]
        rows += [
            [record["file"], u["page"] or None, "文字中的数字", f"“{u['text']}”无法与各表核对：{u['quote']}"]
            for u in record["unverified"]
        ]
    rows = rows[:_MOST_LISTED]
    told = "以下内容没有核对，请人工核对" if rows else "全部内容都已读取和核对"
    return NewSheet(
        name=UNREAD,
        widths=(40, 6, 16, 100),
        head=(
            (1, [UNREAD], "公开-标题", 34),
            (2, [told], "公开-填写提示", 22),
            (3, ("文件", "页", "内容", "说明"), "公开-表头", 26),
        ),
        rows=lambda: rows,
        first_row=4,
        styles=("公开-说明", "公开-序号", "公开-说明", "公开-说明"),
        merged=(1, 2),
        frozen="A4",
        filtered=True,
        count=len(rows),
        heading=3,
        wrapped=(1, 4),
        locked=False,
    )
