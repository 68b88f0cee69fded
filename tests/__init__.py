"""The tests: unit, property, whole-command, live and benchmark."""
