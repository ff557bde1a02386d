-- Names that back ends give to identities, members who use a resource with their own sign-in, and what tells one process
-- that another changed something. Times are milliseconds since the epoch.
ALTER TABLE identity ADD COLUMN custom_id TEXT;
-- The member whose sign-in this identity stands for (oid).
ALTER TABLE identity ADD COLUMN member TEXT;
-- Written a moment after the token: a crash may lose the last second's.
ALTER TABLE identity ADD COLUMN last_token_on INTEGER;

CREATE UNIQUE INDEX identity_by_custom_id ON identity (resource_id, custom_id) WHERE custom_id IS NOT NULL;
CREATE UNIQUE INDEX identity_by_member ON identity (member, resource_id) WHERE member IS NOT NULL;

-- A repeated creation answers with the identity of the first.
CREATE TABLE identity_creation (
    resource_id TEXT NOT NULL REFERENCES resource (id),
    request_id  TEXT NOT NULL,
    raw_id      TEXT NOT NULL REFERENCES identity (raw_id) ON DELETE CASCADE,
    made_on     INTEGER NOT NULL,
    PRIMARY KEY (resource_id, request_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX identity_creation_by_age ON identity_creation (made_on);
CREATE INDEX identity_creation_by_identity ON identity_creation (raw_id);

-- Who may use a resource without its key, and as what. A request names no resource, so in one role a principal has one.
CREATE TABLE assignment (
    -- clients, extension, back-end.
    role            TEXT NOT NULL,
    organisation_id TEXT NOT NULL REFERENCES organisation (id),
    -- A member's oid, an application's client id, or the organisation's own id for all of its members.
    principal       TEXT NOT NULL,
    -- user, resourceAccount, application, organisation.
    kind            TEXT NOT NULL,
    resource_id     TEXT NOT NULL REFERENCES resource (id),
    -- JSON list of the applications through which it counts; empty: any.
    client_ids      TEXT NOT NULL,
    created_on      INTEGER NOT NULL,
    PRIMARY KEY (role, organisation_id, principal)
) STRICT, WITHOUT ROWID;

CREATE INDEX assignment_by_resource ON assignment (resource_id);
CREATE INDEX assignment_by_principal ON assignment (principal);

-- Grows with each change of its topic, whoever makes it: a running server looks here for what a command changed.
CREATE TABLE revision (
    topic  TEXT PRIMARY KEY,
    number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO revision (topic, number) VALUES ('resource', 0), ('policy', 0), ('assignment', 0);

CREATE TRIGGER resource_inserted AFTER INSERT ON resource BEGIN
    UPDATE revision SET number = number + 1 WHERE topic = 'resource';
END;
CREATE TRIGGER resource_updated AFTER UPDATE ON resource BEGIN
    UPDATE revision SET number = number + 1 WHERE topic = 'resource';
END;
CREATE TRIGGER policy_updated AFTER UPDATE OF policy ON organisation BEGIN
    UPDATE revision SET number = number + 1 WHERE topic = 'policy';
END;
CREATE TRIGGER assignment_deleted AFTER DELETE ON assignment BEGIN
    UPDATE revision SET number = number + 1 WHERE topic = 'assignment';
END;
CREATE TRIGGER assignment_updated AFTER UPDATE ON assignment BEGIN
    UPDATE revision SET number = number + 1 WHERE topic = 'assignment';
END;
