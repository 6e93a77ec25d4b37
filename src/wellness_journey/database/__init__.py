"""The database: how it is reached and what stands between it and us."""
