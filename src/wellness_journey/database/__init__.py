"""The database as the command meets it: what it allows, and what it refuses."""
