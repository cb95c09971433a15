DROP INDEX thirdapp_sync_changes_conflicts;
--bun:split
ALTER TABLE thirdapp_sync_staged_places
    ALTER COLUMN tenant_id SET STATISTICS -1, ALTER COLUMN run_id SET STATISTICS -1,
    ALTER COLUMN remote_id SET STATISTICS -1;
--bun:split
ALTER TABLE thirdapp_sync_staged_people
    ALTER COLUMN tenant_id SET STATISTICS -1, ALTER COLUMN run_id SET STATISTICS -1,
    ALTER COLUMN remote_id SET STATISTICS -1, ALTER COLUMN mobile SET STATISTICS -1;
