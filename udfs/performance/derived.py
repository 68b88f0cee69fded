"""What the clerk need not type: a project's unit, money and kind, and the whole unit's indicators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from udfs.base import printed, read_amount, squeezed
from udfs.ledgers import FLOW, SPENDING, Content, Facts, Mask, numbered
from workbook_templates.reading import Edition, PartsSpec, Performance

Record = Mapping[str, str]

#: The mark of an indicator of the whole unit that was put together from those of projects.
ASSEMBLED = "assembled"


def is_one_year(spec: Performance, record: Record) -> bool:
    """Whether a project's whole period is the year."""
    return record["years"] == str(spec.words.years) and record["nature"] != spec.words.open_ended


# ---------------------------------------------------------------- projects


def completed(edition: Edition, record: Record, basic: Record, content: Content | None) -> Record:
    """A project of 项目信息 with what it leaves blank and other sheets hold; what is typed stays."""
    if not record["name"]:
        return record
    spec = edition.performance
    full = dict(record)

    def fill(key: str, value: str) -> None:
        full[key] = full[key] or value

    fill("superior", basic.get("superior_name", ""))
    fill("superior_code", basic.get("superior_code", ""))
    project = edition.narrative.projects
    if content is not None and project is not None and project.ledger_name in content.facts.dimensions:
        facts = content.facts
        rows = _rows(facts, project.ledger_name, record)
        units = _values(facts, "unit", rows)
        fill("unit", facts.name("unit", units[0]) if len(units) == 1 else "")
        for key, dimension in project.ledger.items():
            kinds = [value for value in _values(facts, dimension, rows) if value]
            fill(key, kinds[0] if len(kinds) == 1 else "")
        _fill_year(spec, facts, rows, basic, full)
    if not content or not content.info.is_department:
        fill("unit", basic.get("unit_name", ""))
    _fill_period(spec, full)
    return full


def _rows(facts: Facts, dimension: str, record: Record) -> Mask:
    """What is spent on a project; of the unit that it names alone, where several units spend on that name."""
    names = facts.dimensions[dimension]
    same = [value for value in names.values if value and squeezed(value) == squeezed(record["name"])]
    mask: Mask = names.mask(same) & facts.dimensions[FLOW].mask((SPENDING,))
    units = facts.dimensions["unit"]
    wanted = [v for v in units.values if squeezed(facts.name("unit", v)) == squeezed(record["unit"])]
    own: Mask = mask & units.mask(wanted)
    return own if record["unit"] and own.any() else mask


def _values(facts: Facts, dimension: str, rows: Mask) -> list[str]:
    found = facts.dimensions[dimension]
    return [found.values[code] for code in numbered(found.codes[rows])[1]]


def _is_blank(record: Record, money: PartsSpec) -> bool:
    """Whether nothing is typed into the parts of a project's money."""
    return not any(record[part.key] for part in money.parts)


def _fill_year(spec: Performance, facts: Facts, rows: Mask, basic: Record, full: dict[str, str]) -> None:
    """The year's money from the ledger, and its parts by source and level."""
    blank, money = spec.blank_money, spec.year_money
    if blank is None:
        return
    spent = next((m for m in (rows & facts.mask(where) for where in blank.filters) if m.any()), None)
    if spent is None:
        return
    total = int(facts.fen[spent].sum())
    parts = {part.key: 0 for part in money.parts}
    sources = facts.dimensions["source"]
    own = blank.by_level.get(basic.get("level", ""), blank.otherwise)
    for code in numbered(sources.codes[spent])[1]:
        part = blank.by_source.get(sources.values[code], own)
        parts[part] += int(facts.fen[spent & (sources.codes == code)].sum())
    typed = read_amount(full[money.total.key])
    whole = typed is None or typed == printed(total)
    full[money.total.key] = full[money.total.key] or _yuan(total)
    if _is_blank(full, money) and whole:
        full |= {key: _yuan(fen) for key, fen in parts.items()}
    elif _is_blank(full, money) and len(one := [key for key, fen in parts.items() if fen]) == 1:
        full |= {key: full[money.total.key] if key in one else _yuan(0) for key in parts}


def _yuan(fen: int) -> str:
    return f"{printed(fen):.2f}"


def _fill_period(spec: Performance, full: dict[str, str]) -> None:
    """The whole period's money: a one-year project's is the year's; its parts are the year's where there is but one."""
    year, period = spec.year_money, spec.period_money
    if is_one_year(spec, full) and not full[period.total.key] and _is_blank(full, period):
        full[period.total.key] = full[year.total.key]
    if not full[period.total.key] or not _is_blank(full, period):
        return
    pairs = list(zip(year.parts, period.parts, strict=True))
    if full[period.total.key] == full[year.total.key]:
        full |= {other.key: full[part.key] for part, other in pairs}
    elif len(one := [other.key for part, other in pairs if read_amount(full[part.key])]) == 1:
        full |= {other.key: full[period.total.key] if other.key in one else _yuan(0) for _, other in pairs}


# ---------------------------------------------------------------- indicators


def all_lines(spec: Performance, records: Sequence[Record], projects: Sequence[Record]) -> list[Record]:
    """Every indicator a period, and those of the whole unit that are put together from the projects'."""
    yearly = {squeezed(p["name"]) for p in projects if is_one_year(spec, p)}
    apart = {_key(record) for record in records if record["period_value"] and not record["year_value"]}
    lines = [
        line
        for r in records
        for line in _lines(spec, r, yearly=squeezed(r["object"]) in yearly and _key(r) not in apart)
    ]
    return [*lines, *_assembled(spec, lines, projects)]


def _key(record: Record) -> tuple[str, ...]:
    return tuple(squeezed(record[key]) for key in ("object", "second", "third"))


def _lines(spec: Performance, record: Record, *, yearly: bool) -> Iterator[Record]:
    """A row of 绩效指标 as one indicator for each period that it has a value for.

    `yearly`: its value is also that of the whole period, where it has no other. An earlier version had both in rows.
    """
    words = spec.words
    told = {words.year: "year_value", words.period: "period_value"}
    if not record["period_value"] and "former" not in record and yearly:
        told[words.period] = "year_value"
    filled = {period: key for period, key in told.items() if record[key]}
    for period, key in (filled or {words.year: "year_value"}).items():
        yield {**record, "period": period, "value": record[key], "column": key}


def tasks_of(spec: Performance, lines: Sequence[Record], projects: Sequence[Record]) -> dict[str, list[str]]:
    """For every task the projects that name it, themselves or in a row of their indicators."""
    found: dict[str, list[str]] = {}
    for _, task, name in _by_task(spec, lines, projects):
        if name not in found.setdefault(task, []):
            found[task].append(name)
    return found


def _by_task(
    spec: Performance, lines: Sequence[Record], projects: Sequence[Record]
) -> Iterator[tuple[Record, str, str]]:
    """The projects' indicators of the year that have a task: line, task and project."""
    managed = {squeezed(p["name"]): p for p in projects if p["name"] and p["managed"] != spec.words.unmanaged}
    for line in lines:
        project = managed.get(squeezed(line["object"]))
        if project is None or line["period"] != spec.words.year or not line["third"]:
            continue
        task = ("" if "former" in line else line["task"]) or project["task"]
        if task:
            yield line, task, project["name"]


def _assembled(spec: Performance, lines: Sequence[Record], projects: Sequence[Record]) -> Iterator[Record]:
    """The whole unit's indicators: of every task and second level those of its projects, where the clerk typed none."""
    whole = squeezed(spec.words.whole)
    typed = {(line["task"], line["second"]) for line in lines if squeezed(line["object"]) == whole}
    groups: dict[tuple[str, str], list[Record]] = {}
    for line, task, _ in _by_task(spec, lines, projects):
        if (task, line["second"]) not in typed:
            groups.setdefault((task, line["second"]), []).append(line)
    for (task, _), own in groups.items():
        for line in _joined(own):
            yield {**line, "object": spec.words.whole, "task": task, "number": "", ASSEMBLED: "1"}


def _joined(lines: Sequence[Record]) -> list[Record]:
    """Indicators of one task and level in one line, as the form has them; apart where semicolons would mislead."""
    if len(lines) == 1 or any(mark in line[key] for line in lines for key in ("third", "value") for mark in ";；\n"):
        return list(lines)
    names = list(dict.fromkeys((line["third"], line["value"]) for line in lines))
    values = [value for _, value in names]
    value = values[0] if len(set(values)) == 1 else "；".join(values)
    return [{**lines[0], "third": "；".join(name for name, _ in names), "value": value}]
