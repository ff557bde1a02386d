-- Calls that ring: who is rung, and how far the call is.
-- Somebody has answered, or none has to.
ALTER TABLE call ADD COLUMN answered INTEGER NOT NULL DEFAULT 1;
-- Begun between two, and nobody was added: it ends when one is alone.
ALTER TABLE call ADD COLUMN two_party INTEGER NOT NULL DEFAULT 0;

-- Rings under way; an ended one has no row. The id is that of the leg which the answer makes.
CREATE TABLE invitation (
    id              TEXT PRIMARY KEY,
    call_id         TEXT NOT NULL REFERENCES call (id) ON DELETE CASCADE,
    caller_raw_id   TEXT NOT NULL,
    caller_name     TEXT NOT NULL,
    caller_outsider INTEGER NOT NULL,
    callee_raw_id   TEXT NOT NULL,
    callee_name     TEXT NOT NULL,
    callee_outsider INTEGER NOT NULL,
    since           INTEGER NOT NULL,
    until           INTEGER NOT NULL
) STRICT;

CREATE INDEX invitation_by_call ON invitation (call_id);
