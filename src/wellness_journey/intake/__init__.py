"""How files of rows are read: what they are, how they are described, what their cells mean."""
