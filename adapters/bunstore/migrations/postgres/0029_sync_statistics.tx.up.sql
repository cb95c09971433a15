-- A sample of 3,000 rows tells as much about staging rows as one of 30,000.
ALTER TABLE thirdapp_sync_staged_people
    ALTER COLUMN tenant_id SET STATISTICS 10, ALTER COLUMN run_id SET STATISTICS 10,
    ALTER COLUMN remote_id SET STATISTICS 10, ALTER COLUMN mobile SET STATISTICS 10;
--bun:split
ALTER TABLE thirdapp_sync_staged_places
    ALTER COLUMN tenant_id SET STATISTICS 10, ALTER COLUMN run_id SET STATISTICS 10,
    ALTER COLUMN remote_id SET STATISTICS 10;
--bun:split
-- The conflicts of a plan, who are few, are listed at the end of each run.
CREATE INDEX thirdapp_sync_changes_conflicts ON thirdapp_sync_changes (tenant_id, run_id) WHERE kind = 'conflict';
