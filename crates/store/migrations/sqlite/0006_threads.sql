-- Chat threads, who is in them when, and their messages. Times are milliseconds since the epoch, by the thread's own clock,
-- which never repeats within a thread. A deleted thread is gone with everything in it.
CREATE TABLE thread (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT NOT NULL UNIQUE,
    -- Exactly one of the two owners.
    resource_id     TEXT,
    organisation_id TEXT,
    topic           TEXT NOT NULL,
    created_by      TEXT NOT NULL,
    created_on      INTEGER NOT NULL,
    metadata        TEXT NOT NULL,
    -- NULL: nobody said; 0: keep for ever; else days from created_on.
    retention_days  INTEGER,
    -- When the retention ends, for the job that deletes.
    delete_on       INTEGER,
    last_tick       INTEGER NOT NULL,
    last_sequence   INTEGER NOT NULL,
    last_message_on INTEGER,
    CHECK ((resource_id IS NULL) <> (organisation_id IS NULL))
) STRICT;

CREATE INDEX thread_by_end ON thread (delete_on) WHERE delete_on IS NOT NULL;

-- Everybody who is or was in a thread, with the name as it was given.
CREATE TABLE thread_person (
    thread       INTEGER NOT NULL REFERENCES thread (number) ON DELETE CASCADE,
    raw_id       TEXT NOT NULL,
    display_name TEXT NOT NULL,
    metadata     TEXT NOT NULL,
    PRIMARY KEY (thread, raw_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX thread_person_by_raw_id ON thread_person (raw_id);

CREATE TABLE thread_window (
    number       INTEGER PRIMARY KEY,
    thread       INTEGER NOT NULL REFERENCES thread (number) ON DELETE CASCADE,
    raw_id       TEXT NOT NULL,
    opened_on    INTEGER NOT NULL,
    visible_from INTEGER NOT NULL,
    closed_on    INTEGER,
    permanent    INTEGER NOT NULL
) STRICT;

CREATE INDEX thread_window_by_person ON thread_window (thread, raw_id, opened_on);
CREATE UNIQUE INDEX thread_window_open ON thread_window (thread, raw_id, permanent) WHERE closed_on IS NULL;
CREATE INDEX thread_window_open_by_person ON thread_window (raw_id, thread) WHERE closed_on IS NULL;

CREATE TABLE thread_message (
    number     INTEGER PRIMARY KEY,
    thread     INTEGER NOT NULL REFERENCES thread (number) ON DELETE CASCADE,
    id         INTEGER NOT NULL,
    sequence   INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    -- Written text, a topic, or people as JSON, by kind.
    body       TEXT NOT NULL,
    author     TEXT NOT NULL,
    author_name TEXT,
    metadata   TEXT NOT NULL,
    edited_on  INTEGER,
    deleted_on INTEGER
) STRICT;

CREATE UNIQUE INDEX thread_message_by_id ON thread_message (thread, id);
-- Sequence and version are given together, so the order of one is the order of the other.
CREATE UNIQUE INDEX thread_message_by_version ON thread_message (thread, version);
-- To erase a person.
CREATE INDEX thread_message_by_author ON thread_message (author);

CREATE TABLE thread_receipt (
    thread  INTEGER NOT NULL REFERENCES thread (number) ON DELETE CASCADE,
    raw_id  TEXT NOT NULL,
    message INTEGER NOT NULL,
    read_on INTEGER NOT NULL,
    PRIMARY KEY (thread, raw_id)
) STRICT, WITHOUT ROWID;

-- A repeated creation answers with the thread of the first.
CREATE TABLE thread_creation (
    caller     TEXT NOT NULL,
    request_id TEXT NOT NULL,
    thread     INTEGER NOT NULL REFERENCES thread (number) ON DELETE CASCADE,
    PRIMARY KEY (caller, request_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX thread_creation_by_thread ON thread_creation (thread);
