"""An edition drafted from an official form: what its tables most likely are, the relations that hold, what to ask."""

from __future__ import annotations

from udfs.drafting.draft import drafted
from udfs.drafting.pages import Page, tables_of
from udfs.drafting.proof import differing, not_reproduced

__all__ = ["Page", "differing", "drafted", "not_reproduced", "tables_of"]
