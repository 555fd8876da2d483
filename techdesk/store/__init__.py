"""SQLite: the only truth of this process. All SQL of techdesk lives in this package."""
