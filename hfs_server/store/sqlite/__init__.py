"""The store as an SQLite file that is shared with the terminal program."""
