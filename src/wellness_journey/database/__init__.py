"""The database as it is found: what must be so before anything is written to it."""
