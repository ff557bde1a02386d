-- Identities that are deleted while what they wrote is still being erased: an interrupted erasure goes on at the next start.
CREATE TABLE erasure (
    raw_id   TEXT PRIMARY KEY,
    began_on INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
