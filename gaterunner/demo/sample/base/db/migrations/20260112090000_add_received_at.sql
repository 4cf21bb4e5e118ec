-- migrate:up
ALTER TABLE messages ADD COLUMN received_at TIMESTAMPTZ;

-- migrate:down
ALTER TABLE messages DROP COLUMN received_at;
