"""The language of searches: queries, the words of a text, snippets; independent of any store."""
