-- Half of each page is left free, so that a log's head is rewritten on its own page and touches no index.
CREATE TABLE logs (
    log_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
    fence bigint NOT NULL,
    last_position bigint NOT NULL,
    last_hash bytea NOT NULL
) WITH (fillfactor = 50);

-- decided_at is in Unix microseconds: the number that the hash covers.
CREATE TABLE entries (
    log_id bigint NOT NULL,
    position bigint NOT NULL,
    fence bigint NOT NULL,
    decided_at bigint NOT NULL,
    payload bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (log_id, position)
);

-- Sealed bytes do not compress, and trying costs time on the way to every commit.
ALTER TABLE entries ALTER COLUMN payload SET STORAGE EXTERNAL;
