"""What the workbook says and looks like: editions, classifications, the template and a sample unit."""
