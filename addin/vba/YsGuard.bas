Attribute VB_Name = "YsGuard"
Option Explicit

' What stands before and after every callback. Texts for the clerk lie on the add-in's sheet, beside the settings, where
' addin/setup/build.py puts them: VBA source is ASCII, so that it means the same under every code page.

Private Const CONF_SHEET As String = "yusuan.conf"
Private Const SERVER_CELL As String = "B2"
Private Const TEXT_COLUMN As Long = 5
Private Const FUNCTION_COLUMN As Long = 7
Public Const TEXT_TITLE As Long = 1
Public Const TEXT_NO_BOOK As Long = 2
Public Const TEXT_NO_PYTHON As Long = 3
Public Const TEXT_STARTING As Long = 4
Public Const TEXT_NO_ANSWER As Long = 5
Public Const TEXT_BLOCKED As Long = 6

' Where Python puts what the clerk is to read; a box that Python showed itself would keep Excel waiting for it.
Private Const MESSAGE_CELL As String = "C1"
Private Const MOOD_CELL As String = "C2"
' Seconds for which a server that could not be started is not tried again by cells and clicks.
Private Const PAUSE As Long = 60
' What Excel calls the value by which Esc does not break a macro in two.
Private Const CANCEL_DISABLED As Long = 0

Private NotBefore As Date

' A text for the clerk, by its row on the add-in's sheet.
Public Function YsText(ByVal Row As Long) As String
    YsText = ThisWorkbook.Worksheets(CONF_SHEET).Cells(Row, TEXT_COLUMN).Value
End Function

' True where a click may go on: a workbook is open, and the Python that was installed is there.
Public Function YsReady(ByVal NeedsBook As Boolean) As Boolean
    If ActiveWorkbook Is Nothing Then
        If NeedsBook Then
            YsBox YsText(TEXT_NO_BOOK), False
            Exit Function
        End If
        Workbooks.Add
    End If
    If Not FileExists(GetConfig("INTERPRETER_WIN", "")) Then
        YsBox YsText(TEXT_NO_PYTHON), True
        Exit Function
    End If
    Application.StatusBar = YsText(TEXT_STARTING)
    ThisWorkbook.Worksheets(CONF_SHEET).Range(MESSAGE_CELL).Value = ""
    YsChooseConnection
    YsReady = True
End Function

' What every click does: Python runs, then its words are shown. Esc waits until the workbook is whole. Where Windows or
' a guard against malware forbids Excel to start anything, the clerk reads whom to ask.
Public Sub YsClick(ByVal Command As String, ByVal NeedsBook As Boolean)
    On Error GoTo Failed
    Application.EnableCancelKey = CANCEL_DISABLED
    If YsReady(NeedsBook) Then YsAfter RunPython(Command)
    Exit Sub
Failed:
    YsFailed Err.Description
    YsRest
End Sub

' The status bar goes back to Excel where Python could not even start; else Python has seen to it. Nothing is written
' here: it would take the entry out of Excel's undo list.
Public Sub YsAfter(ByVal Result As Variant)
    Dim Message As String
    If Result = -1 Then
        YsRest
        Exit Sub
    End If
    Message = CStr(ThisWorkbook.Worksheets(CONF_SHEET).Range(MESSAGE_CELL).Value)
    If Message <> "" Then YsBox Message, CStr(ThisWorkbook.Worksheets(CONF_SHEET).Range(MOOD_CELL).Value) <> ""
End Sub

Private Sub YsRest()
    Application.StatusBar = False
End Sub

' Python did not start, or ended in the middle: what to do, and the program's own words for whoever is asked.
Public Sub YsFailed(ByVal Details As String)
    YsBox YsText(TEXT_BLOCKED) & vbCrLf & vbCrLf & Left$(Details, 600), True
End Sub

' The search path as xlwings takes it apart: six settings that are not used, then the folders. An empty folder is none.
Public Function YsSearchPath() As String
    Dim Folders As String
    Folders = GetConfig("PYTHONPATH")
    YsSearchPath = "false;;;;;"
    If Folders <> "" Then YsSearchPath = YsSearchPath & ";" & Folders
End Function

' The warm interpreter for a function in a cell. One that could not be started is not waited for again cell by cell.
Public Function YsServer() As Object
    If Now < NotBefore Then Err.Raise 1000
    On Error GoTo Failed
    Set YsServer = XLPy()
    Exit Function
Failed:
    YsPause
    Err.Raise 1000
End Function

Private Sub YsPause()
    NotBefore = DateAdd("s", PAUSE, Now)
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
    If Now < NotBefore Then Exit Function
    On Error GoTo Cold
    Set Server = XLPy()
    YsServerAnswers = Not Server Is Nothing
    Exit Function
Cold:
    YsPause
End Function

' Called by Excel's own undo list after a button has written.
Public Sub YsUndo()
    YsClick "import addin.buttons; addin.buttons.run('undo')", True
End Sub

' Called when Excel has loaded the ribbon: the texts of the function wizard, a row a function on the add-in's sheet.
Public Sub YsLoad(ribbon As IRibbonUI)
    Dim Sheet As Object
    Dim Row As Long
    Dim Count As Long
    Dim Texts() As String
    Dim i As Long
    Set Sheet = ThisWorkbook.Worksheets(CONF_SHEET)
    ' Excel refuses this while no workbook is open; the functions work without their texts. It takes no texts for the
    ' functions of an add-in, so that ours is none for a moment.
    On Error Resume Next
    Application.ScreenUpdating = False
    ThisWorkbook.IsAddin = False
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
    ThisWorkbook.IsAddin = True
    ThisWorkbook.Saved = True
    Application.ScreenUpdating = True
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
