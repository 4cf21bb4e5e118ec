ALTER TABLE events ADD COLUMN occurred_at timestamptz;
