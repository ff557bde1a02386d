-- Resources, their keys, organisations and the server's own keys. Times are milliseconds since the epoch.
CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

CREATE TABLE resource (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL,
    primary_key   BLOB NOT NULL,
    secondary_key BLOB NOT NULL,
    created_on    INTEGER NOT NULL
) STRICT;

CREATE TABLE organisation (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    -- Named policies of the organisation as JSON (domain::policy); absent names have their default.
    policy     TEXT NOT NULL DEFAULT '{}',
    created_on INTEGER NOT NULL
) STRICT;
