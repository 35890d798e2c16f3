-- Until when a mail is in the hands of one worker: the same task handed out twice at a time sends it once.
ALTER TABLE notifications ADD COLUMN claimed_until timestamptz;
