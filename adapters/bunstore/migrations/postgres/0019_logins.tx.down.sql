-- SQLite keeps the tables of logins in the order of their keys from here on;
-- PostgreSQL has no such tables.
SELECT 1;
