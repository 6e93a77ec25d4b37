"""Privacy: which columns there may be, and what free text must not hold."""
