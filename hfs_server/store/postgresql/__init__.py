"""The store as a PostgreSQL database, which a team shares. It is experimental."""
