"""What the clerk clicks and what the superior office runs: the doors, the commands, the command line."""
