"""Reading a text back: what it says of money, shares, numbers, years, names and directions, held against the tables.

    >>> audited = audit(edition, texts, figures)
    >>> audited.contradictions
    ()

What a text is made of:

- `tokens`: its facts (amounts, percentages, counts, years, direction words) and sentences; `spoken`: numbers in words;
- `statements`: a paragraph's numbers as statements of this year, last year, a change, a share;
- `figures`, `facts`: the workbook's figures, by the edition's words and by every name that the tables have.

What is held against what:

- `candidates` with `nearby`, `ratios`, `made`, `listed`, `compared`: what each number may be, by the names near it and
  by what the paragraph's numbers make: one mechanism for whatever wording;
- `binding` with `section_words`, `paths`, `years`, `names`: what needs no guessing: counts, subjects with their levels,
  years, the unit, bare lists of names, denials;
- `arithmetic`, `sums`: a text against itself, without tables; `agreement`: when a number is a figure;
- `reasons`: reasons that tell of another direction, or are missing; sections put off with a word;
- `likeness`: a sentence beside the one that the program would write; `misspelt`: names with a slip of the pen;
- `proofread`: what is wrong whatever a text speaks of.

`reader` goes over a whole text with all of them; what they say are `verdicts`.
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
