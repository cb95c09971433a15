CREATE INDEX river_job_args_index ON {schema}river_job USING gin (args);
CREATE INDEX river_job_metadata_index ON {schema}river_job USING gin (metadata);

DROP TABLE {schema}thirdapp_client;
