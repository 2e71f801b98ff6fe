"""Markdown to read: a message cannot leave its place in it."""
