-- Times are microseconds since 1970, UTC.
CREATE TABLE thirdapp_river_job (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    state         TEXT    NOT NULL DEFAULT 'available' CHECK (state IN ('available', 'running', 'cancelled', 'discarded')),
    queue         TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    args          TEXT    NOT NULL,
    attempt       INTEGER NOT NULL DEFAULT 0,
    max_attempts  INTEGER NOT NULL,
    scheduled_at  INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    attempted_at  INTEGER,
    attempted_by  TEXT,
    finalized_at  INTEGER,
    errors        TEXT    NOT NULL DEFAULT '[]',
    metadata      TEXT    NOT NULL DEFAULT '{}',
    unique_key    BLOB
);

CREATE UNIQUE INDEX thirdapp_river_job_unique ON thirdapp_river_job (unique_key)
    WHERE unique_key IS NOT NULL AND state IN ('available', 'running');

CREATE INDEX thirdapp_river_job_available ON thirdapp_river_job (queue, scheduled_at, id) WHERE state = 'available';

CREATE INDEX thirdapp_river_job_running ON thirdapp_river_job (id) WHERE state = 'running';

CREATE INDEX thirdapp_river_job_finalized ON thirdapp_river_job (finalized_at) WHERE finalized_at IS NOT NULL;
