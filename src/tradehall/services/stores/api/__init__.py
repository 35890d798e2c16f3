"""Routes of the stores service."""
