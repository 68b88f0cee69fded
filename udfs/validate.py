"""校验: a workbook inspected, every relation and check run, all findings and statuses in one report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from udfs.base import (
    FORCED,
    GRADES,
    NOTE,
    Figures,
    Finding,
    InputProblems,
    Ints,
    Problem,
    Status,
    Suspect,
    Words,
    add,
    printed,
    say,
)
from udfs.causes import gather
from udfs.checks import Inspection, Skipped, registered, with_blank_tables
from udfs.explanations import is_unanswered, read_explanations
from udfs.ledgers import Unit, lost_tables
from udfs.reconciliation import (
    FAILED,
    NOT_APPLICABLE,
    PASSED,
    UNDECIDED,
    Evaluation,
    Expansion,
    Found,
    Outcome,
    differing,
    evaluate,
    exact_residuals,
    matrix_of,
    same_layout,
    search,
    side_label,
    tables_of,
)
from udfs.tables import Printed, Reading, printed_tables

#: Why a declared relation that runs over rows has come to nothing.
NO_ROWS = "各表没有这一关系所涉及的行"
#: What making tables, text and forms anew puts right where there is a ledger.
_REMADE = ("A", "B", "C01", "C02", "C04", "D14", "D16", "E41")
STATUSES = (PASSED, FAILED, NOT_APPLICABLE, UNDECIDED)


class Report(Struct, frozen=True):
    """What validation gave. `guarded` of `cells` printed amounts are watched by a relation or by the ledger.

    `findings`: each cause once. `every`: also what fails only because of another finding.
    """

    edition: str
    findings: tuple[Finding, ...]
    statuses: tuple[Status, ...]
    evaluation: Evaluation
    cells: int
    guarded: int
    unguarded: tuple[str, ...]
    complete: bool = True  #: False where the search for wrong cells ended before all smallest repairs were listed
    every: tuple[Finding, ...] = ()
    unanswered: int = 0  #: 提示 that still need an explanation, and required fields left blank
    remade: int = 0  #: findings of grade 强制 that vanish once tables, text and forms are made anew

    @property
    def passed(self) -> bool:
        """Whether nothing blocks sending."""
        return not any(f.grade == FORCED for f in self.findings)

    @property
    def counts(self) -> dict[str, int]:
        """Findings by grade."""
        found = Counter(f.grade for f in self.findings)
        return {grade: found[grade] for grade in GRADES}

    @property
    def checks(self) -> dict[str, int]:
        """Relations and checks by status."""
        found = Counter(s.status for s in self.statuses)
        return {status: found[status] for status in STATUSES}


def inspect(reading: Reading) -> Inspection:
    """Everything that relations and checks look at. What was found out about the tables is kept with the reading."""
    return Inspection(reading, *reading.once("evaluated", reading.table_sheets, lambda: _evaluated(reading)))


def _evaluated(
    reading: Reading,
) -> tuple[tuple[Problem, ...], Printed | None, Ints | None, Evaluation, Mapping[int, Suspect]]:
    """The tables held against the ledgers and against each other: the last fields of an Inspection."""
    edition, content, problems = reading.edition, reading.content, reading.problems
    derived: Printed | None = None
    exact: Ints | None = None
    held: dict[tuple[str, str, str], bool] | None = None
    # A table that is not there keeps nobody from reading the ledgers.
    problems += tuple(lost_tables(edition, reading.grids).values())
    if content is not None and len(content.spending) + len(content.income):
        try:
            tables, _ = tables_of(reading)
        except InputProblems as found:
            problems += found.problems
            tables = reading.derived
        derived, exact = printed_tables(tables, reading.names)
    printed_now = with_blank_tables(reading.printed, derived)
    expansion = Expansion(printed_now, edition.codes)
    matrix = matrix_of(expansion, edition.relations)
    if derived is not None and exact is not None:
        shared = matrix if same_layout(printed_now, derived) else None
        held = exact_residuals(derived, exact, edition.relations, edition.codes, shared)
    evaluation = evaluate(printed_now, edition.relations, edition.codes, held, matrix, expansion)
    different: Mapping[int, Suspect] = differing(printed_now, derived) if derived is not None else {}
    if content is not None and (unknown := content.units_of_unknown_kind):
        evaluation, different = _without_unknown_kinds(evaluation, different, unknown)
    return problems, derived, exact, evaluation, different


def _without_unknown_kinds(
    evaluation: Evaluation, different: Mapping[int, Suspect], unknown: Sequence[Unit]
) -> tuple[Evaluation, Mapping[int, Suspect]]:
    """Nothing is said of a table that asks for the kinds of units before they are all known."""
    forms = {block.form.code for block in evaluation.printed.blocks if block.form.filters_by("unit_kind")}
    names = "、".join(unit.name or unit.code for unit in unknown[:3])
    reason = f"{names}没有填写单位性质，机关运行经费无法核对"

    def known(index: int) -> bool:
        return evaluation.printed.block_of(index).form.code not in forms

    outcomes = tuple(
        o if all(map(known, o.relation.left + o.relation.right)) else replace(o, status=UNDECIDED, reason=reason)
        for o in evaluation.outcomes
    )
    return replace(evaluation, outcomes=outcomes), {i: s for i, s in different.items() if known(i)}


def validate(inspection: Inspection) -> Report:
    """Run every relation and every check; nothing is silent."""
    findings: list[Finding] = []
    statuses: list[Status] = []
    for check in registered():
        try:
            found = list(check.run(inspection))
        except Skipped as skipped:
            statuses.append(Status(check.number, UNDECIDED if skipped.undecided else NOT_APPLICABLE, skipped.reason))
            continue
        findings += found
        statuses.append(Status(check.number, FAILED if any(f.grade != NOTE for f in found) else PASSED))
    evaluation = inspection.evaluation
    searched = search(evaluation) if inspection.derived is None else Found()
    without: dict[Figures, str] = {}
    for outcome in evaluation.outcomes:
        statuses.append(Status(outcome.relation.declaration.number, outcome.status, outcome.reason))
        if outcome.status == FAILED or outcome.is_tail:
            lacking = _lacking(inspection, outcome)
            likely = outcome.status == FAILED and not lacking
            suspects = _suspects(inspection, searched, outcome) if likely else ()
            finding = _relation_finding(evaluation.printed, outcome, suspects, searched.wrong, lacking)
            findings.append(finding)
            if lacking:
                without[finding.figures] = lacking
    ran = {outcome.relation.declaration.number for outcome in evaluation.outcomes}
    statuses += [Status(d.number, NOT_APPLICABLE, NO_ROWS) for d in inspection.edition.relations if d.number not in ran]
    shown = evaluation.printed.filled
    by_relation = evaluation.guarded() & shown
    guarded = shown if inspection.derived is not None else by_relation
    unguarded = tuple("!".join(evaluation.printed.address(int(i))) for i in (shown & ~guarded).nonzero()[0])
    every = _ordered(findings)
    causes = _ordered(gather(inspection, every, searched, without))
    explanations = read_explanations(inspection.grids, inspection.names, causes)
    return Report(
        inspection.edition.stamp,
        causes,
        tuple(statuses),
        evaluation,
        int(shown.sum()),
        int(guarded.sum()),
        unguarded,
        searched.complete,
        every,
        sum(is_unanswered(f, explanations) for f in causes),
        sum(f.grade == FORCED and f.rule.startswith(_REMADE) for f in causes) if inspection.derived else 0,
    )


def _lacking(inspection: Inspection, outcome: Outcome) -> str:
    """The table that lacks the row of a relation that fails; empty where both sides stand."""
    relation = outcome.relation
    if outcome.status != FAILED or not relation.row or (relation.left and relation.right):
        return ""
    refs = relation.declaration.right if relation.left else relation.declaration.left
    return next((form.sheet for form in inspection.edition.forms if refs and form.code == refs[0].form), "")


def _suspects(inspection: Inspection, searched: Found, outcome: Outcome) -> tuple[Suspect, ...]:
    """The likely wrong cells behind a relation that fails: every smallest repair has one among the relation's own."""
    cells = outcome.relation.left + outcome.relation.right
    if inspection.derived is not None:
        return tuple(inspection.differing[i] for i in cells if i in inspection.differing)
    own = {inspection.printed.address(i) for i in cells}
    return tuple(s for s in searched.suspects if (s.sheet, s.cell) in own) or searched.suspects


def _relation_finding(
    printed_now: Printed, outcome: Outcome, suspects: tuple[Suspect, ...], wrong: int, lacking: str
) -> Finding:
    relation = outcome.relation
    d = relation.declaration
    left, right = side_label(printed_now, relation.left), side_label(printed_now, relation.right)
    sheet, at = printed_now.address((relation.left or relation.right)[0])
    left_shown, right_shown, difference = (
        f"{printed(v):.2f}" for v in (outcome.left, outcome.right, outcome.difference)
    )
    measures = {printed_now.block_of(c).form.measure for c in relation.left + relation.right}
    told: dict[str, Words | str] = {"left": left, "right": right, "difference": difference}
    told["in_yuan"] = add("（折合元）") if len(measures) > 1 else ""
    if outcome.is_tail:
        words = say("{left}与{right}相差{difference}{in_yuan}，为四舍五入形成的尾差，不必修改", "tail", **told)
    else:
        word = add("应不大于") if d.kind == "bound" else add("应等于")
        missing = add("{sheet}没有这一行，请补上；不应有的，请删去另一方的这一行", sheet=lacking)
        advice = missing if lacking else _advice(suspects, wrong)
        words = say("{left}{word}{right}，相差{difference}{in_yuan}；{advice}", word=word, advice=advice, **told)
    grade = NOTE if outcome.is_tail else d.grade
    return Finding(d.number, grade, sheet, at, words, left_shown, right_shown, difference, suspects)


def _advice(suspects: tuple[Suspect, ...], wrong: int) -> Words:
    """Where to look for what makes a relation fail; `wrong`: how many cells must at least be wrong."""
    places = [f"{s.sheet}!{s.cell}" for s in suspects]
    if len(places) == 1:
        return add("很可能是{place}有误，请核对改正", place=places[0])
    if wrong == 1 and len(places) == 2:
        return add("{one}与{other}之一有误（仅凭各表无法区分是哪一个），请核对改正", one=places[0], other=places[1])
    if places:
        first = "、".join(places[:3]) + ("等" if len(places) > 3 else "")
        return add("请先核对{first}，改正后重新校验", first=first)
    return add("请核对两方单元格，改正后重新校验")


def _ordered(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """What to mend first at the top: by grade, then what the ledger says, the form, relations between tables."""
    families = "FCBADE"
    return tuple(
        sorted(
            findings,
            key=lambda f: (GRADES.index(f.grade), families.find(f.rule[0]), f.rule, f.sheet, f.cell),
        )
    )
