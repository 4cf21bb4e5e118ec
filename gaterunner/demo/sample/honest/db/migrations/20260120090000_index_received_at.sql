-- migrate:up
CREATE INDEX messages_received_at ON messages (received_at);

-- migrate:down
DROP INDEX messages_received_at;
