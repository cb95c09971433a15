-- The run that this one takes back, '' for none.
ALTER TABLE thirdapp_sync_runs ADD COLUMN undoes text NOT NULL DEFAULT '';
--bun:split
-- What the office app does not allow; NULL when it was not asked.
ALTER TABLE thirdapp_sync_runs ADD COLUMN missing_permissions jsonb;
--bun:split
ALTER TABLE thirdapp_sync_runs ADD COLUMN phase_at timestamptz;
--bun:split
-- The run that wrote a row of the mirror last, '' for one before this column.
ALTER TABLE thirdapp_sync_departments ADD COLUMN run_id text NOT NULL DEFAULT '';
--bun:split
ALTER TABLE thirdapp_sync_people ADD COLUMN run_id text NOT NULL DEFAULT '';
--bun:split
-- Rows of the mirror as they were before a run wrote them. What a run has
-- created has none.
CREATE TABLE thirdapp_sync_departments_before (
    tenant_id   text    NOT NULL,
    run_id      text    NOT NULL,
    remote_id   text    NOT NULL,
    parent_id   text    NOT NULL,
    name        text    NOT NULL,
    sort_order  bigint  NOT NULL,
    gone        boolean NOT NULL,
    PRIMARY KEY (tenant_id, run_id, remote_id)
);
--bun:split
CREATE TABLE thirdapp_sync_people_before (
    tenant_id   text    NOT NULL,
    run_id      text    NOT NULL,
    remote_id   text    NOT NULL,
    union_id    text    NOT NULL,
    name        text    NOT NULL,
    mobile      text    NOT NULL,
    email       text    NOT NULL,
    job_number  text    NOT NULL,
    title       text    NOT NULL,
    avatar_url  text    NOT NULL,
    hash        text    NOT NULL,
    places      text    NOT NULL,
    gone        boolean NOT NULL,
    PRIMARY KEY (tenant_id, run_id, remote_id)
);
--bun:split
-- When a tenant's directory is pulled by itself.
CREATE TABLE thirdapp_sync_schedules (
    tenant_id         text        NOT NULL,
    provider          text        NOT NULL,
    version           bigint      NOT NULL,
    enabled           boolean     NOT NULL,
    cron              text        NOT NULL,
    interval_minutes  bigint      NOT NULL,
    time_zone         text        NOT NULL,
    -- NULL while it is paused.
    next_at           timestamptz,
    last_at           timestamptz,
    -- The run that was started, or stood in the way.
    last_run_id       text        NOT NULL,
    last_outcome      text        NOT NULL,
    last_failure      jsonb,
    updated_by        text        NOT NULL,
    updated_at        timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, provider)
);
