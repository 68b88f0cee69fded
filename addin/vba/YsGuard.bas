Attribute VB_Name = "YsGuard"
Option Explicit

' What stands before and after every callback. Texts for the clerk lie on the add-in's sheet, beside the settings, where
' addin/build.py puts them: VBA source is ASCII, so that it means the same under every code page.

Private Const CONF_SHEET As String = "yusuan.conf"
Private Const SERVER_CELL As String = "B2"
Private Const TEXT_COLUMN As Long = 5
Private Const FUNCTION_COLUMN As Long = 7
Public Const TEXT_TITLE As Long = 1
Public Const TEXT_NO_BOOK As Long = 2
Public Const TEXT_NO_PYTHON As Long = 3
Public Const TEXT_STARTING As Long = 4
Public Const TEXT_NO_ANSWER As Long = 5

' A text for the clerk, by its row on the add-in's sheet.
Public Function YsText(ByVal Row As Long) As String
    YsText = ThisWorkbook.Worksheets(CONF_SHEET).Cells(Row, TEXT_COLUMN).Value
End Function

' True where a click may go on: a workbook is open, and the Python that was installed is there.
Public Function YsReady(ByVal NeedsBook As Boolean) As Boolean
    If ActiveWorkbook Is Nothing Then
        If NeedsBook Then
            MsgBox YsText(TEXT_NO_BOOK), vbInformation, YsText(TEXT_TITLE)
            Exit Function
        End If
        Workbooks.Add
    End If
    If Not FileExists(GetConfig("INTERPRETER_WIN", "")) Then
        MsgBox YsText(TEXT_NO_PYTHON), vbExclamation, YsText(TEXT_TITLE)
        Exit Function
    End If
    Application.StatusBar = YsText(TEXT_STARTING)
    YsChooseConnection
    YsReady = True
End Function

' The status bar goes back to Excel where Python could not even start; else Python has seen to it.
Public Sub YsAfter(ByVal Result As Variant)
    If Result = -1 Then Application.StatusBar = False
End Sub

' The warm interpreter where it answers, a new one for every click where it does not.
Private Sub YsChooseConnection()
    Dim Warm As Boolean
    Dim Place As Object
    Warm = YsServerAnswers()
    Set Place = ThisWorkbook.Worksheets(CONF_SHEET).Range(SERVER_CELL)
    If CStr(Place.Value) <> CStr(Warm) Then Place.Value = Warm
End Sub

Private Function YsServerAnswers() As Boolean
    Dim Server As Object
    On Error GoTo Cold
    Set Server = XLPy()
    YsServerAnswers = Not Server Is Nothing
Cold:
End Function

' Called by Excel's own undo list after a button has written.
Public Sub YsUndo()
    If YsReady(True) Then YsAfter RunPython("import addin.buttons; addin.buttons.run('undo')")
End Sub

' Called when Excel has loaded the ribbon: the texts of the function wizard, a row a function on the add-in's sheet.
Public Sub YsLoad(ribbon As IRibbonUI)
    Dim Sheet As Object
    Dim Row As Long
    Dim Count As Long
    Dim Texts() As String
    Dim i As Long
    Set Sheet = ThisWorkbook.Worksheets(CONF_SHEET)
    ' Excel refuses this while no workbook is open; the functions work without their texts.
    On Error Resume Next
    Row = 1
    Do While Sheet.Cells(Row, FUNCTION_COLUMN).Value <> ""
        Count = Sheet.Cells(Row, FUNCTION_COLUMN + 2).Value
        ReDim Texts(0 To Count - 1)
        For i = 0 To Count - 1
            Texts(i) = Sheet.Cells(Row, FUNCTION_COLUMN + 3 + i).Value
        Next i
        Application.MacroOptions Macro:="'" & ThisWorkbook.Name & "'!" & Sheet.Cells(Row, FUNCTION_COLUMN).Value, _
            Description:=Sheet.Cells(Row, FUNCTION_COLUMN + 1).Value, Category:=YsText(TEXT_TITLE), _
            ArgumentDescriptions:=Texts
        Row = Row + 1
    Loop
End Sub

' A range that was left out is the sheet of that kind in the formula's own workbook, from A1 to its last cell. Excel does
' not know then what the formula depends on, so it is calculated every time.
Public Function YsGiven(ByVal TextRow As Long, Optional Value As Variant) As Variant
    Dim Sheet As Object
    If Not IsMissing(Value) Then
        If IsObject(Value) Then
            Set YsGiven = Value
        Else
            YsGiven = Value
        End If
        Exit Function
    End If
    Application.Volatile
    On Error GoTo NoSheet
    Set Sheet = Application.Caller.Worksheet.Parent.Worksheets(YsText(TextRow))
    Set YsGiven = Sheet.Range(Sheet.Range("A1"), Sheet.UsedRange.Cells(Sheet.UsedRange.Cells.Count))
    Exit Function
NoSheet:
    YsGiven = Empty
End Function

' A value goes to its place, be it a range or not.
Public Sub YsAssign(Place As Variant, ByVal Value As Variant)
    If IsObject(Value) Then
        Set Place = Value
    Else
        Place = Value
    End If
End Sub
