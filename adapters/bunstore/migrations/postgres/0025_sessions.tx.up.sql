-- SQLite keeps sessions without an index on their end from here on; PostgreSQL
-- has it.
SELECT 1;
