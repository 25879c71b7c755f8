CREATE TABLE key_partitions (
    partition_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200)
);

-- A destroyed key's row is replaced by one without the key: the user's number stays taken.
CREATE TABLE user_keys (
    partition_id bigint NOT NULL REFERENCES key_partitions (partition_id),
    user_number integer NOT NULL CHECK (user_number >= 0),
    key bytea CHECK (length(key) = 32),
    PRIMARY KEY (partition_id, user_number)
);

-- What a destroyed key leaves in a dead row is cleared away soon.
ALTER TABLE user_keys SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 100);
