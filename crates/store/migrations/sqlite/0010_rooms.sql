-- Rooms and who is invited to them. Times are milliseconds since the epoch.
CREATE TABLE room (
    -- Grows with each new room: lists go by it, newest first.
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL UNIQUE,
    resource_id   TEXT NOT NULL REFERENCES resource (id),
    created_on    INTEGER NOT NULL,
    valid_from    INTEGER NOT NULL,
    valid_until   INTEGER NOT NULL,
    pstn_dial_out INTEGER NOT NULL
) STRICT;

CREATE INDEX room_by_resource ON room (resource_id, number);

CREATE TABLE room_participant (
    room     INTEGER NOT NULL REFERENCES room (number) ON DELETE CASCADE,
    -- In the order of their invitation.
    position INTEGER NOT NULL,
    raw_id   TEXT NOT NULL,
    -- The name of a domain::room role.
    role     TEXT NOT NULL,
    PRIMARY KEY (room, raw_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX room_participant_by_position ON room_participant (room, position);
-- To erase a person.
CREATE INDEX room_participant_by_raw_id ON room_participant (raw_id);

-- A repeated creation answers with the room of the first.
CREATE TABLE room_creation (
    resource_id TEXT NOT NULL,
    request_id  TEXT NOT NULL,
    room        INTEGER NOT NULL REFERENCES room (number) ON DELETE CASCADE,
    PRIMARY KEY (resource_id, request_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX room_creation_by_room ON room_creation (room);
