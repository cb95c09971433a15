-- A row for each process that works jobs.
CREATE TABLE {schema}thirdapp_client (
    id       text        PRIMARY KEY, -- of its River client
    since    timestamptz NOT NULL,    -- when its unbroken row of beats began
    beat_at  timestamptz NOT NULL
);

-- River makes these for searching jobs by their content, which nobody does
-- here; they are most of what a job costs to write.
DROP INDEX {schema}river_job_args_index;
DROP INDEX {schema}river_job_metadata_index;
