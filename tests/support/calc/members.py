"""The few members of Excel's own objects that the add-in reaches through `.api`, over LibreOffice."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from tests.support.calc.traffic import counted

if TYPE_CHECKING:
    from tests.support.calc.engine import App, Book, Range, Sheet

_FORMULA = 16
#: What a protected sheet allows where nobody has said otherwise.
_ALLOWED = {
    "AllowFormattingCells": False,
    "AllowFormattingColumns": False,
    "AllowFormattingRows": False,
    "AllowInsertingColumns": False,
    "AllowInsertingRows": False,
    "AllowInsertingHyperlinks": False,
    "AllowDeletingColumns": False,
    "AllowDeletingRows": False,
    "AllowSorting": False,
    "AllowFiltering": False,
    "AllowUsingPivotTables": False,
}
#: LibreOffice does not show what a protected sheet allows: kept here, by document and sheet.
_PROTECTION: dict[tuple[int, str], dict[str, bool]] = {}


@counted
class AppMembers:
    """Application: questions, the undo entry, a new workbook from a template."""

    def __init__(self, app: App) -> None:
        self._app = app

    def InputBox(self, Prompt: str, Title: str = "", Default: str = "", Type: int = 2) -> Any:
        self._app._alerts.append((Title, Prompt))
        return self._app._answers.pop(0) if self._app._answers else False

    def GetOpenFilename(self, FileFilter: str = "", FilterIndex: int = 1, Title: str = "") -> Any:
        assert len(FileFilter) <= 255  # Excel takes no longer one
        return self._chosen("file", Title)

    def GetSaveAsFilename(
        self, InitialFilename: str = "", FileFilter: str = "", FilterIndex: int = 1, Title: str = ""
    ) -> Any:
        assert len(FileFilter) <= 255
        return self._chosen("target", f"{Title}|{InitialFilename}")

    def FileDialog(self, Kind: int) -> FolderDialog:
        assert Kind == 4
        return FolderDialog(self)

    def _chosen(self, kind: str, shown: str) -> Any:
        self._app._dialogs.append((kind, shown))
        return self._app._answers.pop(0) if self._app._answers else False

    def OnUndo(self, Text: str, Procedure: str) -> None:
        self._app._undo = (Text, Procedure)

    @property
    def Workbooks(self) -> Any:
        from tests.support.calc.engine import Books

        return SimpleNamespace(Add=lambda Template: Books(self._app).add(Template))


class FolderDialog:
    """The dialog in which a folder is chosen."""

    def __init__(self, app: AppMembers) -> None:
        self._app = app
        self.Title = ""

    def Show(self) -> int:
        chosen = self._app._chosen("folder", self.Title)
        self.SelectedItems = SimpleNamespace(Item=lambda _: chosen)
        return 0 if chosen is False else -1


@counted
class BookMembers:
    """Workbook: what it brings besides values."""

    def __init__(self, book: Book) -> None:
        self._book = book

    @property
    def FullName(self) -> str:
        return self._book.fullname

    @property
    def HasVBProject(self) -> bool:
        return self._book.name.endswith((".xlsm", ".xlam"))

    def LinkSources(self, Type: int = 1) -> tuple[str, ...] | None:
        links = self._book._document.ExternalDocLinks.ElementNames
        return tuple(links) or None

    @property
    def Connections(self) -> Any:
        return SimpleNamespace(Count=0)

    def SaveCopyAs(self, Filename: str) -> None:
        self._book._save_copy(Filename)

    @property
    def ProtectStructure(self) -> bool:
        return bool(self._book._document.isProtected())


@counted
class WholeRows:
    """Range: whole rows, of one or more areas."""

    def __init__(self, areas: list[Any]) -> None:
        self._areas = areas

    @property
    def RowHeight(self) -> None:
        """Of several areas Excel tells nothing to rely on."""
        raise NotImplementedError

    @RowHeight.setter
    def RowHeight(self, value: float) -> None:
        for rows in self._areas:
            rows.Height = round(value * 2540 / 72)


@counted
class SheetMembers:
    """Worksheet: its protection."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    @property
    def _key(self) -> tuple[int, str]:
        return id(self._sheet.book), self._sheet.name

    @property
    def Visible(self) -> int:
        return -1 if self._sheet._uno.IsVisible else 0

    @property
    def ProtectContents(self) -> bool:
        return bool(self._sheet._uno.isProtected())

    @property
    def ProtectDrawingObjects(self) -> bool:
        return False

    @property
    def ProtectScenarios(self) -> bool:
        return False

    @property
    def Protection(self) -> SimpleNamespace:
        return SimpleNamespace(**_PROTECTION.get(self._key, _ALLOWED))

    def Range(self, Address: str) -> WholeRows:
        assert len(Address) <= 255  # Excel takes no longer one
        areas = [part.split(":") for part in Address.split(",")]
        cells = [self._sheet._uno.getCellRangeByPosition(0, int(a) - 1, 0, int(b) - 1) for a, b in areas]
        return WholeRows([block.Rows for block in cells])

    def Unprotect(self, Password: str = "") -> None:
        self._sheet._uno.unprotect(Password)

    def Protect(self, Password: str = "", **options: bool) -> None:
        _PROTECTION[self._key] = {name: options.get(name, False) for name in _ALLOWED}
        self._sheet._uno.protect(Password)


@counted
class RangeMembers:
    """Range: formulas and hidden lines of a whole block at once."""

    def __init__(self, block: Range) -> None:
        self._range = block

    @property
    def _place_of(self) -> tuple[Any, ...]:
        return self._range._place_of

    @property
    def HasFormula(self) -> bool | None:
        found = self._range._uno.queryContentCells(_FORMULA)
        cells = sum((a.EndRow - a.StartRow + 1) * (a.EndColumn - a.StartColumn + 1) for a in found.RangeAddresses)
        return False if not cells else True if cells == len(self._range) else None

    @property
    def EntireRow(self) -> Any:
        shown = {row for area in self._visible() for row in range(area.StartRow, area.EndRow + 1)}
        return SimpleNamespace(Hidden=self._hidden(len(shown), self._range._rows))

    @property
    def EntireColumn(self) -> Any:
        shown = {column for area in self._visible() for column in range(area.StartColumn, area.EndColumn + 1)}
        return SimpleNamespace(Hidden=self._hidden(len(shown), self._range._columns))

    def _visible(self) -> Any:
        return self._range._uno.queryVisibleCells().RangeAddresses

    @staticmethod
    def _hidden(shown: int, every: int) -> bool | None:
        return False if shown == every else None if shown else True

    def ClearHyperlinks(self) -> None:
        """Links are part of a cell's text here, and go with it."""
