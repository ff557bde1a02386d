-- Live calls and their legs, so that a restart ends nobody's call, and the meter's records.
CREATE TABLE call (
    id            TEXT PRIMARY KEY,
    -- A meeting's call names its thread; a group's call its resource and group.
    thread_id     TEXT,
    resource_id   TEXT,
    group_id      TEXT,
    started_on    INTEGER NOT NULL,
    ended_on      INTEGER,
    -- A verified person has taken part.
    verified_seen INTEGER NOT NULL DEFAULT 0,
    CHECK ((thread_id IS NULL) <> (group_id IS NULL)),
    CHECK ((resource_id IS NULL) = (group_id IS NULL))
) STRICT;

CREATE UNIQUE INDEX call_live_meeting ON call (thread_id) WHERE ended_on IS NULL;
CREATE UNIQUE INDEX call_live_group ON call (resource_id, group_id) WHERE ended_on IS NULL;

-- Legs that live, and what is remembered of others while their call lives. An ended leg has no row.
CREATE TABLE leg (
    id              TEXT PRIMARY KEY,
    call_id         TEXT NOT NULL REFERENCES call (id) ON DELETE CASCADE,
    raw_id          TEXT NOT NULL,
    client          TEXT NOT NULL,
    resource_id     TEXT,
    organisation_id TEXT,
    display_name    TEXT NOT NULL,
    outsider        INTEGER NOT NULL,
    verified        INTEGER NOT NULL,
    role            TEXT NOT NULL,
    -- lobby, connected; seat: vanished, may come back until seat_until; removed: waits when it comes again.
    state           TEXT NOT NULL CHECK (state IN ('lobby', 'connected', 'seat', 'removed')),
    -- In the lobby only until a verified person comes.
    automatic       INTEGER NOT NULL,
    since           INTEGER NOT NULL,
    accepted_on     INTEGER NOT NULL,
    heartbeat_on    INTEGER NOT NULL,
    seat_until      INTEGER,
    rejoin_key_hash BLOB NOT NULL
) STRICT;

CREATE INDEX leg_by_call ON leg (call_id);

-- One record per leg, opened when the leg is accepted, closed once.
CREATE TABLE leg_usage (
    leg_id          TEXT PRIMARY KEY,
    call_id         TEXT NOT NULL,
    raw_id          TEXT NOT NULL,
    -- Who pays, if anybody.
    resource_id     TEXT,
    -- Whose meeting it was.
    organisation_id TEXT,
    kind            TEXT NOT NULL,
    started_on      INTEGER NOT NULL,
    ended_on        INTEGER,
    -- How long the leg was gone before it came back to its seat.
    absent_ms       INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX leg_usage_by_resource ON leg_usage (resource_id, started_on);
CREATE INDEX leg_usage_by_call ON leg_usage (call_id);

-- One record per accepted message of an identity of a resource.
CREATE TABLE message_usage (
    thread_id   TEXT NOT NULL,
    message_id  TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    sent_on     INTEGER NOT NULL,
    PRIMARY KEY (thread_id, message_id)
) STRICT;

CREATE INDEX message_usage_by_resource ON message_usage (resource_id, sent_on);
