"""The store as an SQLite file that the terminal program shares."""
