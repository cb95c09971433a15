-- The first place that was read of somebody; '' for none. More places are rows
-- of thirdapp_sync_staged_places, and so are all of somebody whose place here
-- is ''. A process of the version before knows places there only: such a run is
-- marked otherwise, so that one that takes it over reads it anew.
ALTER TABLE thirdapp_sync_staged_people ADD COLUMN department_id text NOT NULL DEFAULT '';
--bun:split
ALTER TABLE thirdapp_sync_staged_people ADD COLUMN leader boolean NOT NULL DEFAULT FALSE;
--bun:split
ALTER TABLE thirdapp_sync_staged_people ADD COLUMN sort_order bigint NOT NULL DEFAULT 0;
