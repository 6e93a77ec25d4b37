"""The database: how it is reached, and what must be so before anything is written to it."""
