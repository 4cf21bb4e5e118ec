"""Services that gates need: databases, caches, queues, each in a container of its own."""
