-- External identities of resources. A deleted identity has no row, so every token of it ends.
CREATE TABLE identity (
    raw_id      TEXT PRIMARY KEY,
    resource_id TEXT NOT NULL REFERENCES resource (id),
    created_on  INTEGER NOT NULL,
    -- Counts revocations: a token carries the number it was made under and ends when this one moves on.
    token_epoch INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX identity_by_resource ON identity (resource_id);
