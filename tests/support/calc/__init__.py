"""A live test bed: an xlwings engine over headless LibreOffice Calc, so that the add-in's own code runs unchanged."""
