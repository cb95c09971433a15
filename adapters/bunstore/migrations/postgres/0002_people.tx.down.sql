DROP TABLE thirdapp_bindings;
--bun:split
DROP TABLE thirdapp_department_members;
--bun:split
DROP TABLE thirdapp_departments;
--bun:split
DROP TABLE thirdapp_memberships;
--bun:split
DROP TABLE thirdapp_people;
