-- Staging, emptied by a crash with the other tables of it: who was read as the
-- mirror has them. The keys of a row are those of one group of pages, eight
-- bytes each.
CREATE UNLOGGED TABLE thirdapp_sync_seen (
    tenant_id  text   NOT NULL,
    run_id     text   NOT NULL,
    id         text   NOT NULL,
    keys       bytea  NOT NULL,
    PRIMARY KEY (tenant_id, run_id, id)
);
--bun:split
-- People of the mirror of whom nothing was read as the mirror has it.
CREATE UNLOGGED TABLE thirdapp_sync_unseen (
    tenant_id  text  NOT NULL,
    run_id     text  NOT NULL,
    remote_id  text  NOT NULL,
    PRIMARY KEY (tenant_id, run_id, remote_id)
);
