-- The direct superior, another member of the tenant; '' is nobody.
ALTER TABLE thirdapp_memberships ADD COLUMN manager_id text NOT NULL DEFAULT '';
--bun:split
-- What the office app has told. Listings often do not tell: manager_known is
-- false then, and the mirror keeps what was told before.
ALTER TABLE thirdapp_sync_staged_people ADD COLUMN manager_id text NOT NULL DEFAULT '';
--bun:split
ALTER TABLE thirdapp_sync_staged_people ADD COLUMN manager_known boolean NOT NULL DEFAULT FALSE;
--bun:split
ALTER TABLE thirdapp_sync_people ADD COLUMN manager_id text NOT NULL DEFAULT '';
--bun:split
-- The account of the manager that was synchronised last; NULL for none ever.
ALTER TABLE thirdapp_sync_people ADD COLUMN manager_local_id text;
--bun:split
CREATE INDEX thirdapp_sync_people_manager
    ON thirdapp_sync_people (tenant_id, provider, org_id, manager_id) WHERE manager_id <> '' OR manager_local_id <> '';
--bun:split
ALTER TABLE thirdapp_sync_people_before ADD COLUMN manager_id text NOT NULL DEFAULT '';
