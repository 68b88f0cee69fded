"""submit, verify and receive: what is sent, whether it is intact, and many of them added up."""
