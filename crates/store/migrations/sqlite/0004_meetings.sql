-- Meetings, who is invited to them, and changes of an organisation's policies. Times are milliseconds since the epoch.
CREATE TABLE meeting (
    thread          TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisation (id),
    organiser       TEXT NOT NULL REFERENCES member (oid),
    kind            TEXT NOT NULL,
    subject         TEXT,
    -- Given by the app that made it.
    external_id     TEXT,
    -- The digits people type.
    number          TEXT NOT NULL UNIQUE,
    -- NULL when the digits alone open it. Its organisers read it back, so it is no hash.
    passcode        TEXT,
    starts_on       INTEGER NOT NULL,
    ends_on         INTEGER NOT NULL,
    created_on      INTEGER NOT NULL,
    expires_on      INTEGER NOT NULL,
    -- JSON of domain::meeting.
    invitees        TEXT NOT NULL,
    options         TEXT NOT NULL,
    -- Grows by one with every change; a writer that read another one starts over.
    version         INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE UNIQUE INDEX meeting_by_external_id ON meeting (organiser, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX meeting_by_creation ON meeting (organiser, created_on);

-- Whose list a meeting stands in: its organiser and the members invited.
CREATE TABLE meeting_person (
    oid       TEXT NOT NULL,
    starts_on INTEGER NOT NULL,
    thread    TEXT NOT NULL REFERENCES meeting (thread) ON DELETE CASCADE,
    PRIMARY KEY (oid, starts_on, thread)
) STRICT, WITHOUT ROWID;

CREATE INDEX meeting_person_by_thread ON meeting_person (thread);

-- One row for each change of an organisation's policies.
CREATE TABLE policy_change (
    id              INTEGER PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisation (id),
    -- A member's oid, or `operator`.
    changed_by      TEXT NOT NULL,
    changed_on      INTEGER NOT NULL,
    -- JSON: {name: [before, after]}.
    changes         TEXT NOT NULL
) STRICT;

CREATE INDEX policy_change_by_organisation ON policy_change (organisation_id, id);
