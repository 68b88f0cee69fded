"""The few members of Excel's own objects that the add-in reaches through `.api`, over LibreOffice."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from tests.support.calc import looks
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

    @property
    def Styles(self) -> Any:
        return SimpleNamespace(Item=self._style)

    def _style(self, Index: str) -> Any:
        own = looks.check_style(self._book._document, Index)
        style = self._book._document.StyleFamilies.getByName("CellStyles").getByName(own)
        return SimpleNamespace(Name=Index, NumberFormat=self._book._format(style.NumberFormat)[1])

    def SaveCopyAs(self, Filename: str) -> None:
        self._book._save_copy(Filename)

    @property
    def ProtectStructure(self) -> bool:
        return bool(self._book._document.isProtected())


class ValuesLost(AssertionError):
    """Cells that hold something were merged into another; Excel would ask about it."""


@counted
class Areas:
    """Range: whole rows or cells, of one or more areas."""

    def __init__(self, sheet: Sheet, areas: list[str]) -> None:
        self._sheet, self._areas = sheet, areas

    def _inside(self, name: str, *arguments: Any) -> str:
        """All areas at once, in the program itself, which looks at the sheet again when all is done."""
        document = self._sheet.book._document
        document.lockControllers()
        document.addActionLock()
        try:
            return str(self._sheet.book.app._process.inside(name, self._sheet._uno, tuple(self._areas), *arguments))
        finally:
            document.removeActionLock()
            document.unlockControllers()

    @property
    def _row(self) -> Any:
        [area] = self._areas
        return self._sheet._uno.getCellRangeByName(area).Rows.getByIndex(0)

    @property
    def RowHeight(self) -> None:
        """Of several areas Excel tells nothing to rely on."""
        raise NotImplementedError

    @RowHeight.setter
    def RowHeight(self, value: float) -> None:
        self._inside("GiveHeight", round(value * 2540 / 72))

    @property
    def UseStandardHeight(self) -> None:
        """As of the height."""
        raise NotImplementedError

    @UseStandardHeight.setter
    def UseStandardHeight(self, value: bool) -> None:
        assert value
        self._inside("GiveHeight", looks.standard_height(self._sheet._uno))

    @property
    def Style(self) -> None:
        """As of the height."""
        raise NotImplementedError

    @Style.setter
    def Style(self, value: str) -> None:
        own = looks.check_style(self._sheet.book._document, value)
        self._inside("GiveStyle", own, looks.HARD_ATTRIBUTES)

    def Merge(self) -> None:
        lost = self._inside("MergeAll")
        if lost:
            raise ValuesLost(lost)

    @property
    def PageBreak(self) -> int:
        """Of one row: ended by hand, by itself or not before it."""
        row = self._row
        return -4135 if row.IsManualPageBreak else -4105 if row.IsStartOfNewPage else -4142

    @PageBreak.setter
    def PageBreak(self, value: int) -> None:
        self._row.IsStartOfNewPage = value == -4135


@counted
class PageSetup:
    """PageSetup: what a sheet prints."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    @property
    def PrintArea(self) -> str:
        return ",".join(
            f"{a.StartColumn},{a.StartRow},{a.EndColumn},{a.EndRow}" for a in self._sheet._uno.getPrintAreas()
        )

    @PrintArea.setter
    def PrintArea(self, address: str) -> None:
        area = self._sheet._uno.getCellRangeByName(address).getRangeAddress()
        self._sheet._uno.setPrintAreas((area,))


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

    def Range(self, Address: str) -> Areas:
        assert len(Address) <= 255  # Excel takes no longer one
        return Areas(self._sheet, Address.split(","))

    @property
    def StandardHeight(self) -> float:
        return looks.points(looks.standard_height(self._sheet._uno))

    @property
    def PageSetup(self) -> PageSetup:
        return PageSetup(self._sheet)

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

    @property
    def Style(self) -> Any:
        groups = self._range._uno.getUniqueCellFormatRanges()
        names = {looks.style_name(groups.getByIndex(n)) for n in range(groups.Count)}
        return None if len(names) > 1 else SimpleNamespace(Name=names.pop())

    def GetValue(self, RangeValueDataType: int) -> str:
        assert RangeValueDataType == 11
        return looks.as_xml(self._range)

    @property
    def MergeCells(self) -> bool | None:
        found = sum(down * across for down, across in looks.seen(self._range)[1].values())
        return False if not found else True if found == len(self._range) else None

    def UnMerge(self) -> None:
        self._range._uno.merge(False)

    def ClearHyperlinks(self) -> None:
        """Links are part of a cell's text here, and go with it."""
