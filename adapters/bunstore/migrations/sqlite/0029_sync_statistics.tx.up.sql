-- The conflicts of a plan, who are few, are listed at the end of each run.
CREATE INDEX thirdapp_sync_changes_conflicts ON thirdapp_sync_changes (tenant_id, run_id) WHERE kind = 'conflict';
