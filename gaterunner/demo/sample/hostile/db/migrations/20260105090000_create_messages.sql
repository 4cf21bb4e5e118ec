-- migrate:up
CREATE TABLE messages (
    id BIGINT PRIMARY KEY,
    state TEXT NOT NULL,
    customer_email TEXT
);

-- migrate:down
DROP TABLE messages;
