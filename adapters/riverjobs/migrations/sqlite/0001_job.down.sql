DROP TABLE thirdapp_river_job;
