"""The search index of a store: a file of its own, which can be deleted at any time."""
