"""The figures of one really published disclosure, and a ledger that rounds to every one of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_DATA = Path(__file__).resolve().parents[1] / "data"

#: A reconstruction made for this project: only the rounded figures were ever published.
LEDGER = _DATA / "published_ledger.csv"
#: For each table its title, its rows from the headings down, and the note under it where there is one.
PUBLISHED: dict[str, dict[str, Any]] = json.loads((_DATA / "published_tables.json").read_text(encoding="utf-8"))
#: The unit, as the last row of 表十一 names it.
UNIT = str(PUBLISHED["11"]["rows"][-1][0])
