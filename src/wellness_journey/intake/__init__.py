"""What `journey load` knows of files beyond plain CSV: spellings, spreadsheets, descriptions."""
