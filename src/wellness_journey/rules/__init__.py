"""The rules: what must hold, and what a rule that holds or does not is worth."""
