-- A database for each system, made when the volume is empty.
CREATE DATABASE "migrated-components";
CREATE DATABASE "priority-event-buckets";
CREATE DATABASE "bizra-node0";
CREATE DATABASE "contentmax";
CREATE DATABASE "networx";
