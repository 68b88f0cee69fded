Attribute VB_Name = "YsBoxes"
Option Explicit

' The boxes that the add-in shows by itself, so that nothing of Python waits while the clerk reads.
Public Sub YsBox(ByVal Message As String, ByVal Bad As Boolean)
    MsgBox Message, IIf(Bad, vbExclamation, vbInformation), YsText(TEXT_TITLE)
End Sub
