"""Reading a text back: what it says of money, shares, numbers, years, names and directions, held against the tables.

    >>> audited = audit(edition, texts, figures)
    >>> audited.contradictions
    ()

Two readers go over every sentence. One holds it against the sentence that the program would write itself
(`udfs.audit.likeness`); one understands what its figures speak of, by the edition's words, in any wording
(`udfs.audit.binding`, and for its years and names `years` and `names`). A third (`udfs.audit.arithmetic`) looks at the
sentence alone: its own amounts, change and percentage.
"""

from udfs.audit import tokens, verdicts
from udfs.audit.figures import Cell, Known
from udfs.audit.proofread import HABIT, PLACEHOLDER, SECRET, Slip, proofread, unexplained
from udfs.audit.reader import Audited, audit
from udfs.audit.verdicts import Contradiction, Unbound

__all__ = [
    "HABIT",
    "PLACEHOLDER",
    "SECRET",
    "Audited",
    "Cell",
    "Contradiction",
    "Known",
    "Slip",
    "Unbound",
    "audit",
    "proofread",
    "tokens",
    "unexplained",
    "verdicts",
]
