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
--bun:split
-- The ids from the top down to itself, each after a slash.
ALTER TABLE thirdapp_departments ADD COLUMN path text NOT NULL DEFAULT '';
--bun:split
WITH RECURSIVE below (tenant_id, id, path) AS (
    SELECT d.tenant_id, d.id, '/' || d.id FROM thirdapp_departments AS d WHERE NOT EXISTS (
        SELECT 1 FROM thirdapp_departments AS p WHERE p.tenant_id = d.tenant_id AND p.id = d.parent_id)
    UNION ALL
    SELECT c.tenant_id, c.id, below.path || '/' || c.id
    FROM below JOIN thirdapp_departments AS c ON c.tenant_id = below.tenant_id AND c.parent_id = below.id
)
UPDATE thirdapp_departments AS d SET path = below.path FROM below
WHERE d.tenant_id = below.tenant_id AND d.id = below.id;
