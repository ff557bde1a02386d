-- A live call is named by one text key, whatever it is the session of: meetings and groups are not the only kinds.
CREATE TABLE call_before AS SELECT * FROM call;
CREATE TABLE leg_before AS SELECT * FROM leg;
DROP TABLE leg;
DROP TABLE call;

CREATE TABLE call (
    id            TEXT PRIMARY KEY,
    -- Text of domain::call::CallKey.
    key           TEXT NOT NULL,
    started_on    INTEGER NOT NULL,
    ended_on      INTEGER,
    -- A verified person has taken part.
    verified_seen INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE UNIQUE INDEX call_live ON call (key) WHERE ended_on IS NULL;

INSERT INTO call (id, key, started_on, ended_on, verified_seen)
SELECT id, CASE WHEN thread_id IS NOT NULL THEN 'meeting:' || thread_id ELSE 'group:' || resource_id || ':' || group_id END,
       started_on, ended_on, verified_seen
FROM call_before;

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

INSERT INTO leg SELECT * FROM leg_before;
DROP TABLE leg_before;
DROP TABLE call_before;
