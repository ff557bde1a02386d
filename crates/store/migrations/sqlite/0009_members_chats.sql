-- Chats of members of one organisation: 'pair' of two, the same for good, or 'group'. NULL: no such chat.
ALTER TABLE thread ADD COLUMN circle TEXT CHECK (circle IN ('pair', 'group'));

-- Who could not come in at the creation, as JSON, so that a repetition answers the same.
ALTER TABLE thread_creation ADD COLUMN refused TEXT NOT NULL DEFAULT '[]';
