"""SQLite: connections, migrations, tickets, outbox, drafts, journal, search. All SQL of techdesk is here."""
