"""The tables of the cache, in the newest version.

``ticket`` holds what the desk said last; ``list_row`` is the same ticket as a screen shows it, with unsent
operations laid over and its SLA clock computed, so that a screen reads one narrow table through one index.
"""

from __future__ import annotations

from techdesk.store import files, marks, notices, reviews

# A bulk run: how far its operations may go, and the plan that it was made of (store.batches).
_BATCH = """CREATE TABLE batch (
        key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, plan TEXT NOT NULL,
        action TEXT NOT NULL, title TEXT NOT NULL, actor TEXT NOT NULL, state TEXT NOT NULL,
        created INTEGER NOT NULL, hold_until INTEGER NOT NULL, ended INTEGER, tickets INTEGER NOT NULL,
        messages INTEGER NOT NULL, canary INTEGER NOT NULL, gate INTEGER, document BLOB NOT NULL
    ) STRICT"""
_OF_BULK = (
    "CREATE INDEX operation_bulk ON operation (bulk, state, key) WHERE state IN ('held', 'ready', 'sent')"
)
BULK: tuple[str, ...] = (_BATCH, _OF_BULK)

TABLES: tuple[str, ...] = (
    _BATCH,
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    """CREATE TABLE person (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, role TEXT NOT NULL,
        organisation TEXT NOT NULL, vip INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE organisation (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, policy TEXT NOT NULL, region TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    "CREATE TABLE queue (id TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT, WITHOUT ROWID",
    """CREATE TABLE priority_label (
        queue TEXT NOT NULL, priority INTEGER NOT NULL, label TEXT NOT NULL, PRIMARY KEY (queue, priority)
    ) STRICT, WITHOUT ROWID""",
    # AUTOINCREMENT: a key is for life, so one that was deleted never comes back as another ticket's.
    """CREATE TABLE ticket (
        key INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT UNIQUE,
        number TEXT NOT NULL COLLATE NOCASE,
        revision INTEGER NOT NULL,
        generation INTEGER NOT NULL,
        read_at INTEGER,
        unread INTEGER NOT NULL DEFAULT 0,
        gone TEXT NOT NULL DEFAULT '',
        merged_into TEXT NOT NULL DEFAULT '',
        base BLOB
    ) STRICT""",
    # A message's key says its ticket's (search.message_key): the full-text index alone then tells which
    # tickets a word is in, without a look at this table for each hit.
    """CREATE TABLE message (
        key INTEGER PRIMARY KEY,
        ticket INTEGER NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, author TEXT NOT NULL,
        direction TEXT NOT NULL, visibility TEXT NOT NULL, channel TEXT NOT NULL, automatic INTEGER NOT NULL,
        operation TEXT NOT NULL, attachments TEXT NOT NULL, UNIQUE (ticket, id)
    ) STRICT""",
    # Bodies stand apart so that a ticket's history is read from narrow rows. ``safe`` is what was indexed,
    # where it differs from the body: an index entry can only be taken out with the very text it was made of.
    """CREATE TABLE message_body (
        key INTEGER PRIMARY KEY REFERENCES message (key) ON DELETE CASCADE, body TEXT NOT NULL, safe TEXT
    ) STRICT""",
    # Of changes in one second the desk's ids tell the order; ids are counted, so the longer one is the later.
    """CREATE TABLE event (
        ticket INTEGER NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, actor TEXT NOT NULL,
        field TEXT NOT NULL, old TEXT, new TEXT, PRIMARY KEY (ticket, id)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE tombstone (
        id TEXT PRIMARY KEY, reason TEXT NOT NULL, merged_into TEXT NOT NULL, revision INTEGER NOT NULL,
        at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE operation (
        key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, batch TEXT NOT NULL,
        ticket INTEGER NOT NULL, kind TEXT NOT NULL, action TEXT NOT NULL, sets TEXT NOT NULL,
        base TEXT NOT NULL, text TEXT NOT NULL, channel TEXT NOT NULL, state TEXT NOT NULL,
        created INTEGER NOT NULL, hold_until INTEGER NOT NULL, attempts INTEGER NOT NULL,
        not_before INTEGER NOT NULL, ambiguous INTEGER NOT NULL DEFAULT 0, request BLOB NOT NULL,
        precondition TEXT NOT NULL, error TEXT NOT NULL, actor TEXT NOT NULL, what TEXT NOT NULL,
        waits_since INTEGER NOT NULL DEFAULT 0,
        bulk INTEGER NOT NULL DEFAULT 0,
        first_sent INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    # A batch stands here only while its operations are still being written: none of them may start before.
    "CREATE TABLE open_batch (id TEXT PRIMARY KEY, touched INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    """CREATE TABLE draft (
        key INTEGER PRIMARY KEY, ticket INTEGER, kind TEXT NOT NULL, body TEXT NOT NULL, fields TEXT NOT NULL,
        base_revision INTEGER NOT NULL, updated INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE journal (
        key INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
        ticket INTEGER, number TEXT NOT NULL, outcome TEXT NOT NULL, detail TEXT NOT NULL
    ) STRICT""",
    "CREATE TABLE change (seq INTEGER PRIMARY KEY AUTOINCREMENT, ticket INTEGER NOT NULL, was TEXT) STRICT",
    # Rows whose list row has to be built again, too many for one short transaction.
    "CREATE TABLE stale (ticket INTEGER PRIMARY KEY) STRICT",
    """CREATE TABLE quarantine (
        id TEXT PRIMARY KEY, why TEXT NOT NULL, at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE list_row (
        key INTEGER PRIMARY KEY, number TEXT NOT NULL, subject TEXT NOT NULL, status TEXT NOT NULL,
        active INTEGER NOT NULL, priority INTEGER, priority_label TEXT NOT NULL, severity INTEGER,
        kind TEXT NOT NULL, owner TEXT NOT NULL, requester TEXT NOT NULL, organisation TEXT NOT NULL,
        queue TEXT NOT NULL, channel TEXT NOT NULL, tags TEXT NOT NULL, created INTEGER NOT NULL,
        updated INTEGER NOT NULL, closed INTEGER, close_reason TEXT NOT NULL, status_since INTEGER NOT NULL,
        unread INTEGER NOT NULL, vip INTEGER NOT NULL, escalation_level INTEGER NOT NULL,
        pending INTEGER NOT NULL, attention TEXT NOT NULL, last_customer_message INTEGER,
        last_public_reply INTEGER, message_count INTEGER NOT NULL, policy TEXT NOT NULL,
        urgency INTEGER NOT NULL, clock_order INTEGER NOT NULL, metric TEXT NOT NULL, calendar TEXT NOT NULL,
        due INTEGER, breach_at INTEGER, warning_at INTEGER, critical_at INTEGER, business_left INTEGER,
        immediate INTEGER NOT NULL
    ) STRICT""",
    (
        "CREATE TABLE ticket_tag (tag TEXT NOT NULL COLLATE NOCASE, ticket INTEGER NOT NULL,"
        " PRIMARY KEY (tag, ticket)) STRICT, WITHOUT ROWID"
    ),
    # What of a ticket is searched, already safe; the full-text index takes its old text from here.
    """CREATE TABLE ticket_text (
        key INTEGER PRIMARY KEY, number TEXT NOT NULL, subject TEXT NOT NULL, names TEXT NOT NULL
    ) STRICT""",
    "CREATE VIEW message_text (key, body) AS SELECT key, coalesce(safe, body) FROM message_body",
    marks.TABLE,
    files.TABLE,
    *notices.TABLES,
    reviews.TABLE,
)

# Counts that the status bar shows at every change; counting anew takes 0.1 s at a million tickets.
TALLY: tuple[str, ...] = (
    (
        "CREATE TABLE tally (only INTEGER PRIMARY KEY CHECK (only = 1), active INTEGER NOT NULL,"
        " unassigned INTEGER NOT NULL, unread INTEGER NOT NULL) STRICT"
    ),
    "INSERT INTO tally VALUES (1, 0, 0, 0)",
    """CREATE TRIGGER tally_insert AFTER INSERT ON list_row BEGIN
        UPDATE tally SET active = active + new.active,
            unassigned = unassigned + (new.active = 1 AND new.owner = ''), unread = unread + new.unread;
    END""",
    """CREATE TRIGGER tally_delete AFTER DELETE ON list_row BEGIN
        UPDATE tally SET active = active - old.active,
            unassigned = unassigned - (old.active = 1 AND old.owner = ''), unread = unread - old.unread;
    END""",
    """CREATE TRIGGER tally_update AFTER UPDATE OF active, owner, unread ON list_row BEGIN
        UPDATE tally SET active = active + new.active - old.active,
            unassigned = unassigned + (new.active = 1 AND new.owner = '')
                - (old.active = 1 AND old.owner = ''),
            unread = unread + new.unread - old.unread;
    END""",
)

SEARCH: tuple[str, ...] = (
    # No '-' among the token characters: a query for TD-10431 is the phrase "TD 10431", which finds the number
    # whole, and 10431 alone finds it too; with '-' in a token, neither 10431 nor half of "sign-on" would.
    (
        "CREATE VIRTUAL TABLE ticket_search USING fts5(number, subject, names, content='ticket_text',"
        " content_rowid='key', columnsize=0, prefix='2 3', tokenize='unicode61 remove_diacritics 2')"
    ),
    (
        "CREATE VIRTUAL TABLE message_search USING fts5(body, content='message_text', content_rowid='key',"
        " columnsize=0, tokenize='unicode61 remove_diacritics 2')"
    ),
)

# How long a ticket has stood as it does; and the orders by columns, with what says whether a row is open.
STILL = "CREATE INDEX list_still ON list_row (status, status_since, active)"
ANSWERED = "CREATE INDEX list_answered ON list_row (last_public_reply, key, active)"
# The last two tell whether one's tickets of a grade or a status are few, without a look at each.
OWNED = (
    "CREATE INDEX list_owner ON list_row (owner, active DESC, urgency, clock_order, key, priority, status)"
)
ORDERED: tuple[str, ...] = (
    STILL,
    "CREATE INDEX list_number ON list_row (length(number), number, key, active)",
    "CREATE INDEX list_subject ON list_row (subject COLLATE NOCASE, key, active)",
)

INDEXES: tuple[str, ...] = (
    _OF_BULK,
    *ORDERED,
    ANSWERED,
    # The last three make counting the late ones, and the view of those due, a matter of this index alone.
    (
        "CREATE INDEX list_urgency ON list_row"
        " (active DESC, urgency, clock_order, key, breach_at, due, immediate)"
    ),
    OWNED,
    "CREATE INDEX list_queue ON list_row (queue, active DESC, urgency, clock_order, key)",
    "CREATE INDEX list_organisation ON list_row (organisation, active DESC, urgency, clock_order, key)",
    "CREATE INDEX list_status ON list_row (status, active DESC, urgency, clock_order, key)",
    "CREATE INDEX list_priority ON list_row (active DESC, priority, urgency, clock_order, key)",
    "CREATE INDEX list_updated ON list_row (active DESC, updated, key)",
    "CREATE INDEX list_created ON list_row (active DESC, created, key)",
    "CREATE INDEX list_requester ON list_row (requester)",
    "CREATE INDEX list_unread ON list_row (active DESC, urgency, clock_order, key) WHERE unread = 1",
    (
        "CREATE INDEX list_escalated ON list_row (active DESC, urgency, clock_order, key)"
        " WHERE escalation_level > 0"
    ),
    "CREATE INDEX list_pending ON list_row (key) WHERE pending > 0",
    "CREATE INDEX list_attention ON list_row (key) WHERE attention <> ''",
    "CREATE INDEX ticket_number ON ticket (number)",
    "CREATE INDEX person_email ON person (email COLLATE NOCASE)",
    "CREATE INDEX person_role ON person (role)",
    (
        "CREATE INDEX operation_open ON operation (ticket, key)"
        " WHERE state IN ('held', 'ready', 'sent', 'conflict', 'rejected')"
    ),
    "CREATE INDEX operation_pending ON operation (key) WHERE state IN ('held', 'ready', 'sent')",
    "CREATE INDEX operation_batch ON operation (batch)",
    "CREATE UNIQUE INDEX draft_of ON draft (coalesce(ticket, 0), kind)",
    "CREATE INDEX journal_at ON journal (at)",
)
