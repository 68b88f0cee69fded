"""inspect: published documents read in a child process, inspected, annotated, and listed as a bureau lists them."""
