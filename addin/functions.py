"""The functions of udfs/functions.py as xlwings' UDF server calls them. The VBA wrappers are made by addin/setup.

xlwings reads names and defaults of arguments from a function's signature, made here from what the core says of them.
The decorators work on Windows only; anywhere else they do nothing, and the functions can be called.
"""

from __future__ import annotations

import inspect
from typing import Any

import xlwings

from addin.excel import disarm, let_go
from addin.places import logger
from addin.verbs.clicks import surprise
from udfs import functions

disarm()

#: Ranges come as rows of rows, error values as their texts.
_AS_ROWS = {"ndim": 2, "err_to_str": True}
_CATEGORY = "预算公开"


def _for_excel(told: functions.Function) -> Any:
    """A function with the arguments of the core's, and with what the UDF server has to know of it."""

    def function(*given: Any) -> Any:
        # xlwings has put the add-in there, for which none of our functions asks.
        let_go()
        try:
            return functions.answer(told.name, *given)
        except Exception as error:  # noqa: BLE001 - the last guard: whatever it was, the cell shows a sentence
            # xlwings would put the traceback into the cell.
            logger().exception("%s", told.name)
            return f"#{surprise(error)}"

    function.__name__ = function.__qualname__ = told.name
    function.__doc__ = told.help
    function.__signature__ = inspect.Signature([_parameter(a) for a in told.arguments])  # type: ignore[attr-defined]
    decorated: Any = function
    for argument in told.arguments:
        decorated = xlwings.arg(argument.name, **_AS_ROWS)(decorated)
    return xlwings.func(category=_CATEGORY)(decorated)


def _parameter(told: functions.Argument) -> inspect.Parameter:
    if told.many:
        return inspect.Parameter(told.name, inspect.Parameter.VAR_POSITIONAL)
    default = None if told.optional else inspect.Parameter.empty
    return inspect.Parameter(told.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)


globals().update({name: _for_excel(told) for name, told in functions.functions().items()})


def __getattr__(name: str) -> Any:
    """What is not defined above is not there; type checkers learn here that the functions may be."""
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
