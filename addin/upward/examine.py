"""One received workbook examined: looked at, verified, re-derived, re-validated; the result is plain data."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from addin.upward.sealing import OWN_SHEETS, SHEET, Verified, accepted, verify_book
from addin.upward.verify import SignatureState, read_signature
from addin.verbs.computing import reading_of, table_measures
from addin.xlsx import Workbook, deceiving, fault
from udfs.base import GRADES, NOTE, Figures, Finding, InputProblems
from udfs.checks import Inspection
from udfs.explanations import read_explanations
from udfs.ledgers import Ledger
from udfs.pipeline import Pipeline
from udfs.reconciliation import FAILED, PASSED, UNDECIDED
from udfs.results import headline
from udfs.tables import Printed, Reading
from udfs.upward import (
    Body,
    Facts,
    Family,
    Found,
    Holds,
    Lines,
    PrintedLines,
    PrintedRow,
    SealFound,
    SealState,
    Signed,
    State,
    Summary,
    UnitLine,
    as_answer,
    refusal,
)
from udfs.validate import Report
from workbook_templates.defined_names import RELATIONS
from workbook_templates.reading import Edition

#: Findings and changes of one workbook that are passed on; beyond them only their number is.
MOST_FINDINGS = 200
MOST_CHANGES = 20
#: The families of checks, in the order of the overview.
FAMILIES = "ABCDEF"
#: Fields of 基础信息 that are passed on.
_FACTS = ("unit_code", "unit_name", "unit_kind", "year", "document", "superior_name", "superior_code", "level")


def examine(name: str, data: bytes) -> bytes:
    """Examine a workbook's bytes; what cannot be used comes back as a refusal, never as an exception."""
    try:
        return as_answer(*_examined(Path(name), data))
    except InputProblems as found:
        return refusal("；".join(p.message for p in found.problems[:3]))
    except (MemoryError, RecursionError, zlib.error) as error:
        return refusal(f"解析时超出限制（{type(error).__name__}），未予读取")
    except Exception as error:  # noqa: BLE001 - one bad workbook never stops the rest; the kind of fault is passed on
        return refusal(f"无法解析（{type(error).__name__}），请用 Excel 打开并重新保存后再报")


def _examined(path: Path, data: bytes) -> tuple[Summary, Body]:
    book = Workbook(path, data, skipped=OWN_SHEETS, skipped_unless=(RELATIONS, SHEET))
    reading = reading_of(book)
    verified = verify_book(book)
    if refused := accepted(book, verified.facts, reading.edition):
        raise fault(path, refused)
    inspection, report = Pipeline(reading).check()
    body = _body(inspection)
    holds = Holds.LEDGER if body.spending else Holds.TABLES if body.tables else Holds.NOTHING
    explanations = read_explanations(reading.grids, reading.names, report.findings).kept
    wanted = [f for f in report.findings if f.grade != NOTE]
    summary = Summary(
        State.READ,
        "；".join(str(p) for p in inspection.problems[:3]),
        holds=holds,
        facts=Facts(edition=reading.edition.name, **{key: reading.info.text(key) for key in _FACTS}),
        seal=_seal(verified),
        looks=_looks(book, reading.edition) if verified.seal is None else [],
        counts=report.counts,
        families=_families(report),
        findings=[_found(finding, explanations) for finding in wanted[:MOST_FINDINGS]],
        omitted=max(0, len(wanted) - MOST_FINDINGS),
        headline=headline(report),
        members=sorted({value for value in body.owners[1] if value}),
    )
    return summary, body


def _looks(book: Workbook, edition: Edition) -> list[str]:
    """What on the tables lets a reader see another figure; of a sealed workbook its changes say so."""
    looks = deceiving(book.package, book.reading, book.grids, table_measures(edition))
    return [str(look) for look in looks][:MOST_CHANGES]


def _found(f: Finding, explanations: Mapping[Figures, str]) -> Found:
    explanation = explanations.get(f.figures, "")
    return Found(f.rule, f.grade, f.sheet, f.cell, f.message, f.left, f.right, f.difference, explanation)


def _body(inspection: Inspection) -> Body:
    """The ledgers of a workbook, its printed tables where it has none; nothing where its input sheets are faulty."""
    content, info, fields = inspection.content, inspection.info, _fields(inspection.reading)
    units = [UnitLine(u.code, u.name, u.kind) for u in info.units]
    if content is None:
        return Body(units, fields)
    if not inspection.filled_in:
        return Body(units, fields, tables=_tables(inspection.printed) if inspection.printed.filled.any() else [])
    unit = content.facts.dimensions["unit"]
    return Body(
        units=[UnitLine(u.code, u.name, u.kind) for u in content.facts.units],
        fields=fields,
        spending=_lines(content.spending),
        owners=(unit.codes[: len(content.spending)].tolist(), list(unit.values)),
        income=_lines(content.income),
        lists={ledger.spec.range: _lines(ledger) for ledger in content.lists},
    )


#: What is passed on of a signature; whose key it is, the office decides.
_TOLD = {
    SignatureState.NONE: Signed.NONE,
    SignatureState.UNCHECKED: Signed.UNCHECKED,
    SignatureState.INVALID: Signed.INVALID,
}


def _seal(verified: Verified) -> SealFound:
    seal = verified.seal
    if seal is None:
        return SealFound(verified.state, verified.message)
    signature = read_signature(seal)
    forged = signature.state is SignatureState.INVALID
    return SealFound(
        SealState.CHANGED if forged else verified.state,
        str(signature),
        key=signature.key,
        signature=_TOLD.get(signature.state, Signed.VALID),
        code=seal.code,
        sealed_at=verified.facts.get("sealed_at", ""),
        changes=[str(change) for change in verified.changes[:MOST_CHANGES]],
        count=len(verified.changes),
    )


def _families(report: Report) -> dict[str, Family]:
    """For each family how many findings of each grade, and how many of its rules passed or could not be checked."""
    graded = Counter((f.rule[0], f.grade) for f in report.findings)
    ended = Counter((s.rule[0], s.status) for s in report.statuses)
    return {
        family: Family(*(graded[family, g] for g in GRADES), *(ended[family, s] for s in (PASSED, FAILED, UNDECIDED)))
        for family in FAMILIES
    }


def _fields(reading: Reading) -> dict[str, dict[str, str]]:
    """The numbers of the ranges of fields, which a department adds up, as texts."""
    result: dict[str, dict[str, str]] = {}
    for key, (_, part) in reading.edition.ranges().items():
        if part.kind != "fields":
            continue
        (values,), problems = reading.range(key)
        faulty = {problem.heading for problem in problems}
        numbers = {f.key for f in part.fields if f.type in ("count", "number", "wanyuan") and f.label not in faulty}
        result[key] = {name: value for name, value in values.items() if name in numbers and value}
    return result


def _lines(ledger: Ledger) -> Lines:
    """A ledger column by column."""
    texts = {c.key: ledger.column(c.key) for c in ledger.spec.columns if not c.money}
    columns = {key: (codes.tolist(), list(values)) for key, (codes, values) in texts.items()}
    return Lines(columns, ledger.fen.tolist())


def _tables(printed: Printed) -> list[PrintedLines]:
    """The printed tables of a unit without a ledger."""
    result = []
    for block in printed.blocks:
        width = len(block.block.columns)
        places = printed.places[block.first : block.first + block.size()].reshape(-1, width)
        filled = printed.filled[block.first : block.first + block.size()].reshape(-1, width)
        rows = [PrintedRow(row.path, list(row.texts), row.level) for row in block.rows]
        result.append(
            PrintedLines(block.form.code, block.block.name, rows, places.tolist(), filled.astype(np.int8).tolist())
        )
    return result
