-- Apps that hold calls, and what they have yet to be told. Times are milliseconds since the epoch.
CREATE TABLE automation_connection (
    id          TEXT PRIMARY KEY,
    resource_id TEXT NOT NULL,
    call_id     TEXT NOT NULL,
    -- Of the request that made it: the same request again finds the same connection. NULL when it named none.
    request_id  TEXT,
    -- JSON of domain::automation::Connection.
    record      TEXT NOT NULL,
    created_on  INTEGER NOT NULL,
    ended_on    INTEGER
) STRICT;

CREATE UNIQUE INDEX automation_connection_by_request ON automation_connection (resource_id, request_id)
    WHERE request_id IS NOT NULL;
CREATE INDEX automation_connection_live ON automation_connection (resource_id) WHERE ended_on IS NULL;
CREATE INDEX automation_connection_ended ON automation_connection (ended_on) WHERE ended_on IS NOT NULL;

-- Told in the order of their numbers within a lane, at least once; gone when the other side has it.
CREATE TABLE outbox_event (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    -- A connection, or an event of its own that waits for no other.
    lane        TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    -- How the other side names it.
    id          TEXT NOT NULL,
    url         TEXT NOT NULL,
    -- JSON of service::automation::Letter.
    letter      TEXT NOT NULL,
    created_on  INTEGER NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX outbox_event_by_lane ON outbox_event (lane, number);
CREATE INDEX outbox_event_by_resource ON outbox_event (resource_id);
