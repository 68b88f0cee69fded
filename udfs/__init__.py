"""What is computed: pure functions from grids of values to tables, with no knowledge of Excel."""
