"""What was found out about one received workbook: the answer that children, caches and the sum hand to each other.

An answer is two lines of JSON. The receipt list needs the summary of every workbook; adding up needs the body of those
that are taken, one after the other. Nothing in it depends on where, when or by whom the workbook was examined.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
from msgspec import Struct, field

from udfs.upward.seal import SealState

#: A column of texts: for each row the place of its text among the distinct ones.
Texts = tuple[list[int], list[str]]


class State(StrEnum):
    """Whether a workbook could be read."""

    READ = "read"
    REFUSED = "refused"


class Holds(StrEnum):
    """What of a workbook can be added up: its ledgers, or where it has none its printed tables."""

    LEDGER = "ledger"
    TABLES = "tables"
    NOTHING = ""


class Facts(Struct, frozen=True, omit_defaults=True):
    """The fields of 基础信息 that the receipt list shows or decides by, and the name of the edition."""

    unit_code: str = ""
    unit_name: str = ""
    unit_kind: str = ""
    year: str = ""
    document: str = ""
    superior_name: str = ""
    superior_code: str = ""
    level: str = ""
    edition: str = ""


class Signed(StrEnum):
    """What the signature of a seal proves: whose key it is, the office decides."""

    NONE = "none"
    UNCHECKED = "unchecked"
    INVALID = "invalid"
    VALID = "valid"


class SealFound(Struct, frozen=True, omit_defaults=True):
    """A workbook's seal. `message`: what is said of it or of its signature; `count`: changes, listed or not.

    `key`: the public key in hex that signed it, empty where none did.
    """

    state: SealState
    message: str = ""
    key: str = ""
    signature: Signed = Signed.NONE
    code: str = ""
    sealed_at: str = ""
    changes: list[str] = []
    count: int = 0


class Found(Struct, frozen=True, array_like=True):
    """A finding as the list of all units shows it, with the clerk's explanation."""

    rule: str
    grade: str
    sheet: str
    cell: str
    message: str
    left: str
    right: str
    difference: str
    explanation: str


class Family(Struct, frozen=True, array_like=True):
    """A family of checks: findings by grade, and rules by how they ended."""

    forced: int
    hints: int
    notes: int
    passed: int
    failed: int
    undecided: int


class Summary(Struct, frozen=True, omit_defaults=True):
    """What the receipt list needs to know of every workbook.

    `message`: why it could not be read, or what is wrong with its input sheets. `limited`: a limit ended the reading,
    so that it is tried again next time.
    """

    state: State
    message: str = ""
    limited: bool = False
    holds: Holds = Holds.NOTHING
    facts: Facts = Facts()
    seal: SealFound | None = None
    looks: list[str] = []  #: what lets a reader of a workbook without a seal see other figures
    counts: dict[str, int] = {}  #: findings by grade
    families: dict[str, Family] = {}
    findings: list[Found] = []
    omitted: int = 0  #: findings that are not listed
    headline: str = ""  #: what 校验 says of the workbook in one line
    members: list[str] = []  #: codes of the units whose money is in the ledger


class UnitLine(Struct, frozen=True, array_like=True):
    """A unit of a workbook."""

    code: str
    name: str
    kind: str


class Lines(Struct, frozen=True):
    """A ledger column by column, and the fen of each row."""

    columns: dict[str, Texts]
    fen: list[int]


class PrintedRow(Struct, frozen=True, array_like=True):
    """A row of a printed table by what names it."""

    path: str
    texts: list[str]
    level: int


class PrintedLines(Struct, frozen=True):
    """A block of a printed table: its rows, their amounts in places, and whether a cell holds one (0 or 1)."""

    form: str
    block: str
    rows: list[PrintedRow]
    places: list[list[int]]
    filled: list[list[int]]


class Body(Struct, frozen=True, omit_defaults=True):
    """What adding up needs of a workbook that is taken: its ledgers with whose each row is, or its printed tables."""

    units: list[UnitLine] = []
    fields: dict[str, dict[str, str]] = {}  #: numbers of the ranges of fields, as texts
    spending: Lines | None = None
    owners: Texts = field(default_factory=lambda: ([], []))  #: for each row of spending the code of its unit
    income: Lines | None = None
    lists: dict[str, Lines] = {}  #: what is in neither ledger, by the key of its range
    tables: list[PrintedLines] = []


_ENCODER = msgspec.json.Encoder(order="deterministic")
_SUMMARY: msgspec.json.Decoder[Summary] = msgspec.json.Decoder(Summary)
_BODY: msgspec.json.Decoder[Body] = msgspec.json.Decoder(Body)


def as_answer(summary: Summary, body: Body | None = None) -> bytes:
    """Summary and body as two lines."""
    return b"\n".join(_ENCODER.encode(part) for part in (summary, body or Body()))


def summary_of(answer: bytes) -> Summary:
    """The first line of an answer."""
    return _SUMMARY.decode(answer.partition(b"\n")[0])


def body_of(answer: bytes) -> Body:
    """The second line of an answer."""
    return _BODY.decode(answer.partition(b"\n")[2])


def refusal(message: str, *, limited: bool = False) -> bytes:
    """The answer for a workbook that cannot be used."""
    return as_answer(Summary(State.REFUSED, message=message, limited=limited))
