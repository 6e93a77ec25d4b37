"""The synthetic cohort: invented people, what they log, and how it gets into a database."""
