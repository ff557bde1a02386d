-- What conductors let attendees send; a restart gives nobody the microphone back.
ALTER TABLE call ADD COLUMN attendee_audio INTEGER NOT NULL DEFAULT 1;
ALTER TABLE call ADD COLUMN attendee_camera INTEGER NOT NULL DEFAULT 1;
ALTER TABLE leg ADD COLUMN may_audio INTEGER NOT NULL DEFAULT 1;
ALTER TABLE leg ADD COLUMN may_camera INTEGER NOT NULL DEFAULT 1;
