' What the test bed asks of LibreOffice in bulk, done inside the program: a call over the bridge for every row or area
' takes a thousand times longer. Numbers come as variants: a parameter of type Long would be 0.

' Height, whether shown and whether a page break was set by hand, for so many rows from one, counted from 0.
Function RowsSeen(Sheet As Object, First, Count) As Variant
    Dim Rows As Object, Row As Object, n As Long
    Dim Seen(Count - 1)
    Rows = Sheet.Rows
    For n = 0 To Count - 1
        Row = Rows.getByIndex(First + n)
        Seen(n) = Array(Row.Height, Row.IsVisible, Row.IsManualPageBreak)
    Next n
    RowsSeen = Seen
End Function

' Of every look in a block: style, rows and columns of the merged cells, and the areas' corners, one after the other.
Function LooksSeen(Sheet As Object, Block As Object) As Variant
    Dim Groups As Object, Cursor As Object, First As Object, Areas, At, n As Long
    Dim Down As Long, Across As Long
    Groups = Block.getUniqueCellFormatRanges()
    If Groups.Count = 0 Then
        LooksSeen = Array()
        Exit Function
    End If
    Dim Seen(Groups.Count - 1)
    For n = 0 To Groups.Count - 1
        Areas = Groups.getByIndex(n).RangeAddresses
        Down = 1
        Across = 1
        First = Sheet.getCellByPosition(Areas(0).StartColumn, Areas(0).StartRow)
        If First.IsMerged Then
            Cursor = Sheet.createCursorByRange(First)
            Cursor.collapseToMergedArea()
            At = Cursor.RangeAddress
            Down = At.EndRow - At.StartRow + 1
            Across = At.EndColumn - At.StartColumn + 1
        End If
        Seen(n) = Array(Groups.getByIndex(n).CellStyle, Down, Across, CornersOf(Areas))
    Next n
    LooksSeen = Seen
End Function

Function CornersOf(Areas) As Variant
    Dim i As Long
    Dim Corners(4 * UBound(Areas) + 3)
    For i = 0 To UBound(Areas)
        Corners(4 * i) = Areas(i).StartRow
        Corners(4 * i + 1) = Areas(i).StartColumn
        Corners(4 * i + 2) = Areas(i).EndRow
        Corners(4 * i + 3) = Areas(i).EndColumn
    Next i
    CornersOf = Corners
End Function

Function GiveHeight(Sheet As Object, Addresses, Height) As String
    Dim n As Long
    For n = 0 To UBound(Addresses)
        Sheet.getCellRangeByName(Addresses(n)).Rows.Height = Height
    Next n
End Function

' As in Excel, what cells had of their own goes when they get a style.
Function GiveStyle(Sheet As Object, Addresses, Style, Own) As String
    Dim Area As Object, n As Long
    For n = 0 To UBound(Addresses)
        Area = Sheet.getCellRangeByName(Addresses(n))
        Area.clearContents(Own)
        Area.CellStyle = Style
    Next n
End Function

' Merges areas one after the other; the one in which a value would be lost is answered, and nothing done to it.
Function MergeAll(Sheet As Object, Addresses) As String
    Dim Area As Object, Lines, n As Long, i As Long, j As Long
    For n = 0 To UBound(Addresses)
        Area = Sheet.getCellRangeByName(Addresses(n))
        Lines = Area.getDataArray()
        For i = 0 To UBound(Lines)
            For j = 0 To UBound(Lines(i))
                If i + j > 0 And CStr(Lines(i)(j)) <> "" Then
                    MergeAll = Addresses(n)
                    Exit Function
                End If
            Next j
        Next i
        Area.merge(True)
    Next n
End Function

' Gives a height to the rows, from the first to one, that have none of their own.
Function GiveHeightToFitted(Sheet As Object, Last, Height) As String
    Dim Row As Object, n As Long
    For n = 0 To Last - 1
        Row = Sheet.Rows.getByIndex(n)
        If Row.OptimalHeight Then Row.Height = Height
    Next n
End Function
