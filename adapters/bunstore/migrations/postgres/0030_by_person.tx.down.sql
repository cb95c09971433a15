DROP INDEX thirdapp_sync_people_by_person;
--bun:split
DROP INDEX thirdapp_bindings_by_person;
