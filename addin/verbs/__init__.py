"""The commands, a module each; the command line and the buttons call the same ones."""
