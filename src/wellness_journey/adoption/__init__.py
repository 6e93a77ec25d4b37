"""`journey adopt`: a clinic's own tables, what they must offer, and the copies that models read."""
