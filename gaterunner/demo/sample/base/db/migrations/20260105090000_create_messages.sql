-- migrate:up
CREATE TABLE messages (
    id BIGINT PRIMARY KEY,
    state TEXT NOT NULL
);

-- migrate:down
DROP TABLE messages;
