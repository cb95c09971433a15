-- Staging: who was read as the mirror has them. The keys of a row are those of
-- one group of pages, eight bytes each.
CREATE TABLE thirdapp_sync_seen (
    tenant_id  text   NOT NULL,
    run_id     text   NOT NULL,
    id         text   NOT NULL,
    keys       blob   NOT NULL,
    PRIMARY KEY (tenant_id, run_id, id)
);
--bun:split
-- People of the mirror of whom nothing was read as the mirror has it.
CREATE TABLE thirdapp_sync_unseen (
    tenant_id  text  NOT NULL,
    run_id     text  NOT NULL,
    remote_id  text  NOT NULL,
    PRIMARY KEY (tenant_id, run_id, remote_id)
);
