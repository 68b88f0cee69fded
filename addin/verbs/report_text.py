"""The report of 校验 for a terminal, aligned for wide characters, and as JSON for other tools."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from udfs.base import display_width
from udfs.narrative import Section, as_records
from udfs.reconciliation import UNDECIDED
from udfs.results import summary
from udfs.validate import Report


def sections_as_json(sections: Sequence[Section]) -> str:
    """The sections of 情况说明 in the words that other tools rely on."""
    return json.dumps(as_records(sections), ensure_ascii=False, indent=2)


def as_json(path: Path, report: Report) -> str:
    """The report in the words that other tools rely on."""
    return json.dumps(
        {
            "workbook": str(path),
            "edition": report.edition,
            "passed": report.passed,
            "counts": report.counts,
            "checks": report.checks,
            "coverage": {"cells": report.cells, "guarded": report.guarded, "unguarded": list(report.unguarded)},
            "findings": [
                {
                    "rule": f.rule,
                    "grade": f.grade,
                    "sheet": f.sheet,
                    "cell": f.cell,
                    "left": f.left,
                    "right": f.right,
                    "difference": f.difference,
                    "message": f.message,
                    "suspects": [
                        {"sheet": s.sheet, "cell": s.cell, "shown": s.shown, "suggested": s.suggested}
                        for s in f.suspects
                    ],
                }
                for f in report.findings
            ],
        },
        ensure_ascii=False,
        indent=1,
    )


def as_text(report: Report) -> str:
    """The report for reading: a summary, a line a finding, then what could not be checked."""
    lines = [summary(report)]
    places = [f.place for f in report.findings]
    width = max((display_width(p) for p in places), default=0)
    for finding, place in zip(report.findings, places, strict=True):
        lines.append(f"{finding.grade}  {finding.rule:<7}{_padded(place, width)}  {finding.message}")
        for suspect in finding.suspects[:4]:
            slip = f"（{suspect.slip}）" if suspect.slip else ""
            shown, suggested = suspect.shown or "空", suspect.suggested or "空"
            lines.append(f"{'':15}疑似：{suspect.sheet}!{suspect.cell} 现为{shown}，疑应为{suggested}{slip}")
    reasons = {s.reason: s.rule for s in report.statuses if s.status == UNDECIDED}
    lines += [f"未核对  {rule}等：{reason}" for reason, rule in reasons.items()]
    if not report.complete:
        lines.append("未核对  疑似错误的单元格未能全部列出（查找已到时限）")
    if report.unguarded:
        lines.append(f"没有关系看守的金额{len(report.unguarded)}个：{'、'.join(report.unguarded)}")
    return "\n".join(lines)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - display_width(text))
