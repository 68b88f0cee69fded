"""Family F."""
