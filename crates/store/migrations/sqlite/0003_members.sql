-- The embedded directory and its OpenID provider. Secrets are kept as hashes only. Times are milliseconds since the epoch.
CREATE TABLE member (
    oid             TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisation (id),
    -- The sign-in name, in lower case.
    upn             TEXT NOT NULL UNIQUE,
    display_name    TEXT NOT NULL,
    enabled         INTEGER NOT NULL DEFAULT 1,
    -- argon2id in PHC form.
    password_hash   TEXT NOT NULL,
    -- As identity.token_epoch.
    token_epoch     INTEGER NOT NULL DEFAULT 0,
    created_on      INTEGER NOT NULL
) STRICT;

CREATE INDEX member_by_organisation ON member (organisation_id, upn);

CREATE TABLE member_licence (
    oid  TEXT NOT NULL REFERENCES member (oid) ON DELETE CASCADE,
    plan TEXT NOT NULL,
    PRIMARY KEY (oid, plan)
) STRICT, WITHOUT ROWID;

CREATE TABLE oauth_client (
    client_id       TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    -- The only organisation whose members may use it; NULL means any.
    organisation_id TEXT REFERENCES organisation (id),
    -- SHA-256 of the secret of a confidential client; NULL for a public one.
    secret_hash     BLOB,
    -- JSON list.
    redirect_uris   TEXT NOT NULL,
    -- What it may ask for at all: space-separated scope names.
    permissions     TEXT NOT NULL,
    -- Whether the administrator consented to all of that for everybody.
    pre_consented   INTEGER NOT NULL,
    created_on      INTEGER NOT NULL
) STRICT;

CREATE TABLE oauth_consent (
    client_id TEXT NOT NULL REFERENCES oauth_client (client_id) ON DELETE CASCADE,
    oid       TEXT NOT NULL REFERENCES member (oid) ON DELETE CASCADE,
    -- Space-separated scope names.
    scopes    TEXT NOT NULL,
    PRIMARY KEY (client_id, oid)
) STRICT, WITHOUT ROWID;

-- One sign-in of one member to one client: its code and refresh tokens end together.
CREATE TABLE oauth_grant (
    id         TEXT PRIMARY KEY,
    client_id  TEXT NOT NULL REFERENCES oauth_client (client_id) ON DELETE CASCADE,
    oid        TEXT NOT NULL REFERENCES member (oid) ON DELETE CASCADE,
    -- Space-separated, as asked for.
    scopes     TEXT NOT NULL,
    created_on INTEGER NOT NULL,
    ended_on   INTEGER
) STRICT;

CREATE INDEX oauth_grant_by_member ON oauth_grant (oid);

CREATE TABLE oauth_code (
    hash         BLOB PRIMARY KEY,
    grant_id     TEXT NOT NULL REFERENCES oauth_grant (id) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    challenge    TEXT NOT NULL,
    nonce        TEXT,
    expires_on   INTEGER NOT NULL,
    used_on      INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE oauth_refresh (
    hash       BLOB PRIMARY KEY,
    grant_id   TEXT NOT NULL REFERENCES oauth_grant (id) ON DELETE CASCADE,
    expires_on INTEGER NOT NULL,
    used_on    INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX oauth_refresh_by_grant ON oauth_refresh (grant_id);

-- A browser that signed in; the cookie's SHA-256.
CREATE TABLE sign_in_session (
    hash       BLOB PRIMARY KEY,
    oid        TEXT NOT NULL REFERENCES member (oid) ON DELETE CASCADE,
    created_on INTEGER NOT NULL,
    expires_on INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
