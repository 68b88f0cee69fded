"""One received workbook examined: looked at, verified, re-derived, re-validated; the result is plain data.

The answer is two lines of JSON: a summary that the receipt list needs of every workbook, and the body that adding up
needs of those that are taken. Nothing in it depends on where, when or by which process the workbook was examined.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from addin.upward.sealing import OWN_SHEETS, SHEET, Verified, verify_book
from addin.upward.verify import SignatureState, read_signature
from addin.verbs.computing import edition_of
from addin.xlsx import Workbook, deceiving
from udfs.base import FORCED, GRADES, HINT, NOTE, InputProblems
from udfs.checks import Inspection
from udfs.explanations import read_explanations
from udfs.ledgers import FEN, Ledger, read_fields
from udfs.reconciliation import FAILED, PASSED, UNDECIDED
from udfs.tables import Printed
from udfs.upward import SealState
from udfs.validate import Report, inspect, validate
from workbook_templates.defined_names import RELATIONS
from workbook_templates.reading import Edition

#: Findings and changes of one workbook that are passed on; beyond them only their number is.
MOST_FINDINGS = 200
MOST_CHANGES = 20
#: The families of checks, in the order of the overview.
FAMILIES = "ABCDEF"

Record = dict[str, Any]


def examine(name: str, data: bytes) -> bytes:
    """Examine a workbook's bytes; what cannot be used comes back as a refusal, never as an exception."""
    try:
        summary, body = _examined(Path(name), data)
    except InputProblems as found:
        return refusal("；".join(p.message for p in found.problems[:3]))
    except (MemoryError, RecursionError, zlib.error) as error:
        return refusal(f"解析时超出限制（{type(error).__name__}），未予读取")
    except Exception as error:  # noqa: BLE001 - one bad workbook never stops the rest; the kind of fault is passed on
        return refusal(f"无法解析（{type(error).__name__}），请用 Excel 打开并重新保存后再报")
    return as_lines(summary, body)


def refusal(message: str, *, limited: bool = False) -> bytes:
    """The answer for a workbook that cannot be used. `limited`: a limit ended it; it is asked again next time."""
    return as_lines({"state": "refused", "message": message, "limited": limited}, {})


def as_lines(summary: Record, body: Record) -> bytes:
    """Summary and body as two lines."""
    return b"\n".join(
        json.dumps(part, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode() for part in (summary, body)
    )


def _examined(path: Path, data: bytes) -> tuple[Record, Record]:
    book = Workbook(path, data, skipped=OWN_SHEETS, skipped_unless=(RELATIONS, SHEET))
    edition = edition_of(book)
    verified = verify_book(book)
    inspection = inspect(edition, book.grids, book.package.names, book.facts)
    report = validate(inspection)
    summary = {
        "state": "read",
        "message": "；".join(str(p) for p in inspection.problems[:3]),
        "facts": _facts(inspection),
        "seal": _seal(verified),
        "counts": report.counts,
        "checks": report.checks,
        "families": _families(report),
        "looks": _looks(book, edition) if verified.seal is None else [],
        **_findings(book, report),
    }
    body: Record = {
        "units": [[u.code, u.name, u.kind] for u in inspection.info.units],
        "fields": _fields(edition, book),
        "spending": None,
        "tables": None,
    }
    if inspection.content is not None and inspection.filled_in:
        facts, content = inspection.content.facts, inspection.content
        unit = facts.dimensions["unit"]
        count = len(content.spending.frame)
        body["units"] = [[u.code, u.name, u.kind] for u in facts.units]
        body["spending"] = _ledger(content.spending)
        body["spending"]["resolved"] = [unit.codes[:count].tolist(), list(unit.values)]
        body["income"] = _ledger(content.income)
        summary["holds"] = "ledger"
        summary["members"] = sorted({value for value in unit.values if value})
    elif inspection.content is not None and inspection.printed.filled.any():
        body["tables"] = tables_record(inspection.printed)
        summary["holds"] = "tables"
    else:
        summary["holds"] = ""
    return summary, body


def _looks(book: Workbook, edition: Edition) -> list[str]:
    """What on the tables lets a reader see another figure; of a sealed workbook its changes say so."""
    tables = {form.sheet: book.grids[form.sheet] for form in edition.forms if form.sheet in book.grids}
    return [str(look) for look in deceiving(book.package, book.reading, tables)][:MOST_CHANGES]


def _facts(inspection: Inspection) -> Record:
    info = inspection.info
    keys = ("unit_code", "unit_name", "unit_kind", "year", "document", "superior_name", "superior_code", "level")
    return {**{key: info.text(key) for key in keys}, "edition": inspection.edition.name}


#: What is passed on of a signature; whose key it is, the office decides.
_TOLD = {
    SignatureState.NONE: "none",
    SignatureState.UNCHECKED: "unchecked",
    SignatureState.INVALID: "invalid",
}


def _seal(verified: Verified) -> Record:
    seal = verified.seal
    if seal is None:
        return {"state": verified.state, "message": verified.message, "changes": [], "count": 0}
    signature = read_signature(seal)
    forged = signature.state is SignatureState.INVALID
    return {
        "state": SealState.CHANGED if forged else verified.state,
        "message": str(signature),
        "key": signature.key,
        "signature": _TOLD.get(signature.state, "valid"),
        "code": seal.code,
        "sealed_at": verified.facts.get("sealed_at", ""),
        "by": verified.facts.get("unit_name", ""),
        "changes": [str(change) for change in verified.changes[:MOST_CHANGES]],
        "count": len(verified.changes),
    }


def _families(report: Report) -> Record:
    """For each family how many findings of each grade, and how many of its rules passed or could not be checked."""
    graded = Counter((f.rule[0], f.grade) for f in report.findings)
    ended = Counter((s.rule[0], s.status) for s in report.statuses)
    return {
        family: [graded[family, grade] for grade in GRADES] + [ended[family, s] for s in (PASSED, FAILED, UNDECIDED)]
        for family in FAMILIES
    }


def _findings(book: Workbook, report: Report) -> Record:
    explanations = read_explanations(book.grids, book.package.names, report.findings).kept
    wanted = [f for f in report.findings if f.grade != NOTE]
    rows = [
        [f.rule, f.grade, f.sheet, f.cell, f.message, f.left, f.right, f.difference, explanations.get(f.figures, "")]
        for f in wanted[:MOST_FINDINGS]
    ]
    open_hints = sum(f.grade == HINT and f.figures not in explanations for f in wanted)
    return {"findings": rows, "omitted": len(wanted) - len(rows), "open_hints": open_hints, "forced": FORCED}


def _fields(edition: Edition, book: Workbook) -> Record:
    """The numbers of the ranges of fields, which a department adds up, as texts."""
    result: Record = {}
    for key, (sheet, part) in edition.ranges().items():
        if part.kind != "fields":
            continue
        values, problems = read_fields(book.grids.get(sheet.name, []), part, sheet.name)
        faulty = {problem.heading for problem in problems}
        numbers = {f.key for f in part.fields if f.type in ("count", "number", "wanyuan") and f.label not in faulty}
        result[key] = {name: value for name, value in values.items() if name in numbers and value}
    return result


def _ledger(ledger: Ledger) -> Record:
    """A ledger column by column: the distinct texts, and for each row which of them."""
    columns = {}
    for column in ledger.spec.columns:
        if not column.money:
            codes, values = ledger.column(column.key)
            columns[column.key] = [codes.tolist(), list(values)]
    return {"columns": columns, "fen": ledger.frame[FEN].tolist()}


def tables_record(printed: Printed) -> list[Record]:
    """The printed tables of a unit without a ledger: rows by what names them, amounts in places."""
    result = []
    for block in printed.blocks:
        width = len(block.block.columns)
        places = printed.places[block.first : block.first + block.size()].reshape(-1, width)
        filled = printed.filled[block.first : block.first + block.size()].reshape(-1, width)
        result.append(
            {
                "form": block.form.code,
                "block": block.block.name,
                "rows": [[row.path, list(row.texts), row.level] for row in block.rows],
                "places": places.tolist(),
                "filled": filled.astype(np.int8).tolist(),
            }
        )
    return result
