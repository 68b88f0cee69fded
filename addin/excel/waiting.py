"""Calls into an Excel that may be busy: tried again for a limited time, and what must be done whatever happens."""

from __future__ import annotations

import atexit
import gc
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

#: Seconds for which a busy Excel is waited for, call by call.
PATIENCE = 15.0
#: Excel rejects a call while a cell is being edited or a box is open: RPC_E_CALL_REJECTED,
#: RPC_E_SERVERCALL_RETRYLATER and its own VBA_E_IGNORE.
_BUSY = {-2147418111, -2147417846, -2146777998}


class NotRestored(Exception):
    """Something could not be put back; the message says what, and what to do."""


class ExcelBusy(Exception):
    """Excel did not answer in time."""


def let_go() -> None:
    """Let go of the workbook that VBA has handed over, so that Excel can end when its window is closed."""
    windows = sys.modules.get("xlwings._xlwindows")
    if windows is not None and hasattr(windows, "BOOK_CALLER"):
        setattr(windows, "BOOK_CALLER", None)  # noqa: B010 - the module is Windows' own


def release() -> None:
    """The same after a click, and of all that was asked of it."""
    let_go()
    gc.collect()


def disarm() -> None:
    """Keep xlwings from ending Excel processes that it cannot see when Python exits, and from trying without end.

    Its exit hook would close, without asking, a workbook that the clerk has open in another window.
    """
    windows = sys.modules.get("xlwings._xlwindows")
    if windows is not None and hasattr(windows, "cleanup"):
        atexit.unregister(windows.cleanup)
        setattr(windows, "N_COM_ATTEMPTS", 1)  # noqa: B010 - the module is Windows' own; every refusal comes to us at once


def is_busy(error: BaseException) -> bool:
    """Whether an error says that Excel is busy and nothing worse."""
    codes = {getattr(error, "hresult", None)}
    details = getattr(error, "excepinfo", None)
    if details:
        codes.add(details[-1])
    return bool(codes & _BUSY) or type(error).__name__ == "ExcelBusyError"


def patiently(call: Callable[..., T], *arguments: Any) -> T:
    """The call's result; tried again with growing pauses while Excel is busy. Raises ExcelBusy in the end."""
    end = time.monotonic() + PATIENCE
    pause = 0.05
    while True:
        try:
            return call(*arguments)
        except Exception as error:
            if not is_busy(error):
                raise
            if time.monotonic() + pause > end:
                raise ExcelBusy from error
        time.sleep(pause)
        pause = min(2 * pause, 1.0)


def surely(call: Callable[..., object], *arguments: Any) -> Exception | None:
    """Do what must be done whatever happens: a second time where it fails once. The error where it fails twice."""
    try:
        patiently(call, *arguments)
    except Exception:  # noqa: BLE001 - whatever it was, the second try decides
        try:
            patiently(call, *arguments)
        except Exception as error:  # noqa: BLE001 - handed back, not lost
            return error
    return None
