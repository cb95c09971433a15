CREATE TABLE thirdapp_sync_runs (
    tenant_id           text        NOT NULL,
    id                  text        NOT NULL,
    provider            text        NOT NULL,
    app_id              text        NOT NULL,
    org_id              text        NOT NULL,
    direction           text        NOT NULL,
    mode                text        NOT NULL,
    dry_run             boolean     NOT NULL,
    state               text        NOT NULL,
    phase               text        NOT NULL,
    step                text        NOT NULL,
    complete            boolean     NOT NULL,
    approved            boolean     NOT NULL,
    cancel_requested    boolean     NOT NULL,
    -- Not finished; at most one run of a tenant and provider is.
    active              boolean     NOT NULL,
    -- Raised by every worker that takes the run; what an earlier one still
    -- writes is refused.
    fence               integer     NOT NULL,
    counts              text       NOT NULL,
    error               text,
    failures            text,
    departments         integer     NOT NULL,
    departments_done    integer     NOT NULL,
    departments_failed  integer     NOT NULL,
    people_read         integer     NOT NULL,
    changes             integer     NOT NULL,
    changes_applied     integer     NOT NULL,
    changes_failed      integer     NOT NULL,
    started_by          text        NOT NULL,
    created_at          timestamp NOT NULL,
    started_at          timestamp,
    finished_at         timestamp,
    updated_at          timestamp NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
--bun:split
CREATE UNIQUE INDEX thirdapp_sync_runs_active ON thirdapp_sync_runs (tenant_id, provider) WHERE active;
--bun:split
-- Staging: what a run has read and still has to read.
CREATE TABLE thirdapp_sync_tasks (
    tenant_id  text    NOT NULL,
    run_id     text    NOT NULL,
    kind       text    NOT NULL,
    remote_id  text    NOT NULL,
    state      text    NOT NULL,
    cursor     text    NOT NULL,
    attempts   integer NOT NULL,
    failure    text    NOT NULL,
    PRIMARY KEY (tenant_id, run_id, kind, remote_id)
);
--bun:split
CREATE TABLE thirdapp_sync_staged_departments (
    tenant_id   text    NOT NULL,
    run_id      text    NOT NULL,
    remote_id   text    NOT NULL,
    parent_id   text    NOT NULL,
    name        text    NOT NULL,
    sort_order  integer NOT NULL,
    PRIMARY KEY (tenant_id, run_id, remote_id)
);
--bun:split
CREATE TABLE thirdapp_sync_staged_people (
    tenant_id   text  NOT NULL,
    run_id      text  NOT NULL,
    remote_id   text  NOT NULL,
    union_id    text  NOT NULL,
    name        text  NOT NULL,
    mobile      text  NOT NULL,
    email       text  NOT NULL,
    job_number  text  NOT NULL,
    title       text  NOT NULL,
    avatar_url  text  NOT NULL,
    hash        text  NOT NULL,
    PRIMARY KEY (tenant_id, run_id, remote_id)
);
--bun:split
CREATE TABLE thirdapp_sync_staged_places (
    tenant_id      text     NOT NULL,
    run_id         text     NOT NULL,
    remote_id      text     NOT NULL,
    department_id  text     NOT NULL,
    leader         boolean  NOT NULL,
    sort_order     integer  NOT NULL,
    PRIMARY KEY (tenant_id, run_id, remote_id, department_id)
);
--bun:split
-- Mirror: a directory as it was last applied.
CREATE TABLE thirdapp_sync_departments (
    tenant_id   text        NOT NULL,
    provider    text        NOT NULL,
    org_id      text        NOT NULL,
    remote_id   text        NOT NULL,
    parent_id   text        NOT NULL,
    name        text        NOT NULL,
    sort_order  integer     NOT NULL,
    local_id    text        NOT NULL,
    gone        boolean     NOT NULL,
    updated_at  timestamp NOT NULL,
    PRIMARY KEY (tenant_id, provider, org_id, remote_id)
);
--bun:split
CREATE TABLE thirdapp_sync_people (
    tenant_id   text        NOT NULL,
    provider    text        NOT NULL,
    org_id      text        NOT NULL,
    remote_id   text        NOT NULL,
    union_id    text        NOT NULL,
    name        text        NOT NULL,
    mobile      text        NOT NULL,
    email       text        NOT NULL,
    job_number  text        NOT NULL,
    title       text        NOT NULL,
    avatar_url  text        NOT NULL,
    hash        text        NOT NULL,
    -- One line for each department, by department: id:leader:order.
    places      text        NOT NULL,
    local_id    text        NOT NULL,
    account     text        NOT NULL,
    -- The account was created by a pull.
    owned       boolean     NOT NULL,
    gone        boolean     NOT NULL,
    updated_at  timestamp NOT NULL,
    PRIMARY KEY (tenant_id, provider, org_id, remote_id)
);
--bun:split
CREATE TABLE thirdapp_sync_batches (
    tenant_id  text     NOT NULL,
    run_id     text     NOT NULL,
    number     integer  NOT NULL,
    stage      integer  NOT NULL,
    first_seq  integer  NOT NULL,
    last_seq   integer  NOT NULL,
    done       boolean  NOT NULL,
    PRIMARY KEY (tenant_id, run_id, number),
    FOREIGN KEY (tenant_id, run_id) REFERENCES thirdapp_sync_runs (tenant_id, id) ON DELETE CASCADE
);
--bun:split
-- The plan of a run. An empty state is that of the batch, so that applying a
-- batch does not write every change again.
CREATE TABLE thirdapp_sync_changes (
    tenant_id  text    NOT NULL,
    run_id     text    NOT NULL,
    seq        integer NOT NULL,
    batch      integer NOT NULL,
    entity     text    NOT NULL,
    kind       text    NOT NULL,
    remote_id  text    NOT NULL,
    local_id   text    NOT NULL,
    account    text    NOT NULL,
    replaces   text    NOT NULL,
    parent_id  text    NOT NULL,
    name       text    NOT NULL,
    fields     text    NOT NULL,
    state      text    NOT NULL,
    reason_zh  text    NOT NULL,
    reason_en  text    NOT NULL,
    PRIMARY KEY (tenant_id, run_id, seq)
);
--bun:split
CREATE UNIQUE INDEX thirdapp_memberships_work_no
    ON thirdapp_memberships (tenant_id, work_no) WHERE work_no <> '' AND state <> 'suspended';
