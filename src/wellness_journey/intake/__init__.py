"""`journey load`: from the files of a folder to rows in the tables, or to rejects with a reason."""
