"""The functions of udfs/functions.py as xlwings' UDF server calls them. The VBA wrappers are made by addin/build.py.

The decorators work on Windows only; anywhere else they do nothing, and the functions can be called as they are.
"""

from __future__ import annotations

from typing import Any

import xlwings

from addin.excel import disarm
from udfs import functions

disarm()

#: Ranges come as rows of rows, error values as their texts.
_AS_ROWS = {"ndim": 2, "err_to_str": True}
_CATEGORY = "预算公开"


def _for_excel(function: Any) -> Any:
    """The function with what the UDF server has to know of it."""
    for argument in functions.functions()[function.__name__].arguments:
        function = xlwings.arg(argument.name, **_AS_ROWS)(function)
    return xlwings.func(category=_CATEGORY)(function)


@_for_excel
def YS_TABLE(table: Any, ledger: Any = None, income: Any = None, basic: Any = None) -> Any:
    """As `YS_TABLE` of udfs.functions."""
    return functions.answer("YS_TABLE", table, ledger, income, basic)


@_for_excel
def YS_AMOUNT(*criteria: Any) -> Any:
    """As `YS_AMOUNT` of udfs.functions."""
    return functions.answer("YS_AMOUNT", *criteria)


@_for_excel
def YS_SHARE(part: Any, whole: Any) -> Any:
    """As `YS_SHARE` of udfs.functions."""
    return functions.answer("YS_SHARE", part, whole)


@_for_excel
def YS_CHANGE(this_year: Any, last_year: Any) -> Any:
    """As `YS_CHANGE` of udfs.functions."""
    return functions.answer("YS_CHANGE", this_year, last_year)


@_for_excel
def YS_CODE_NAME(code: Any) -> Any:
    """As `YS_CODE_NAME` of udfs.functions."""
    return functions.answer("YS_CODE_NAME", code)


@_for_excel
def YS_CHECK(left_side: Any, right_side: Any, terms: Any = None) -> Any:
    """As `YS_CHECK` of udfs.functions."""
    return functions.answer("YS_CHECK", left_side, right_side, terms)


@_for_excel
def YS_NARRATIVE(
    section: Any, ledger: Any = None, basic: Any = None, last_year: Any = None, income: Any = None, projects: Any = None
) -> Any:
    """As `YS_NARRATIVE` of udfs.functions."""
    return functions.answer("YS_NARRATIVE", section, ledger, basic, last_year, income, projects)


@_for_excel
def YS_RMB(amount: Any) -> Any:
    """As `YS_RMB` of udfs.functions."""
    return functions.answer("YS_RMB", amount)
