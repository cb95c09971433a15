ALTER TABLE thirdapp_sync_people_before DROP COLUMN seq;
