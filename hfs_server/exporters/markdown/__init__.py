"""A session as Markdown that stays in its place."""
