"""The suites of Great Expectations: how they are read, and how they are run."""
