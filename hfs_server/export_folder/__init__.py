"""Folders and zip archives that hold a file for each session, and a manifest of them."""
