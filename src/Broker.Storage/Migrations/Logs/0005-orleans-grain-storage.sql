-- Orleans 10.4.2, Microsoft.Orleans.Persistence.AdoNet. The stock table has no unique key, and two first writes of a grain may
-- both be acknowledged, one of them lost. Here the key is unique, nulls included, and a write that loses returns no new version,
-- which Orleans reports as an InconsistentStateException.
CREATE TABLE orleansstorage (
    grainidhash integer NOT NULL,
    grainidn0 bigint NOT NULL,
    grainidn1 bigint NOT NULL,
    graintypehash integer NOT NULL,
    graintypestring varchar(512) NOT NULL,
    grainidextensionstring varchar(512),
    serviceid varchar(150) NOT NULL,
    payloadbinary bytea,
    modifiedon timestamptz NOT NULL,
    version integer NOT NULL
);

CREATE UNIQUE INDEX orleansstorage_key ON orleansstorage
    (grainidhash, graintypehash, grainidn0, grainidn1, graintypestring, grainidextensionstring, serviceid) NULLS NOT DISTINCT;

INSERT INTO orleansquery (querykey, querytext) VALUES
-- Of no version: a first write, and it must be the first. Of a version: it must still be that one.
('WriteToStorageKey',
$query$
WITH first AS (
    INSERT INTO orleansstorage
        (grainidhash, grainidn0, grainidn1, graintypehash, graintypestring, grainidextensionstring, serviceid, payloadbinary, modifiedon, version)
    SELECT @GrainIdHash, @GrainIdN0, @GrainIdN1, @GrainTypeHash, @GrainTypeString, @GrainIdExtensionString, @ServiceId, @PayloadBinary, now(), 1
    WHERE @GrainStateVersion::integer IS NULL
    ON CONFLICT DO NOTHING
    RETURNING version
), later AS (
    UPDATE orleansstorage SET payloadbinary = @PayloadBinary, modifiedon = now(), version = version + 1
    WHERE grainidhash = @GrainIdHash AND graintypehash = @GrainTypeHash AND grainidn0 = @GrainIdN0 AND grainidn1 = @GrainIdN1
        AND graintypestring = @GrainTypeString AND grainidextensionstring IS NOT DISTINCT FROM @GrainIdExtensionString::varchar
        AND serviceid = @ServiceId AND version = @GrainStateVersion::integer
    RETURNING version
), written AS (
    SELECT version FROM first UNION ALL SELECT version FROM later
)
SELECT coalesce((SELECT version FROM written), @GrainStateVersion::integer) AS newgrainstateversion
$query$),
('ReadFromStorageKey',
$query$
SELECT payloadbinary, modifiedon, version FROM orleansstorage
WHERE grainidhash = @GrainIdHash AND graintypehash = @GrainTypeHash AND grainidn0 = @GrainIdN0 AND grainidn1 = @GrainIdN1
    AND graintypestring = @GrainTypeString AND grainidextensionstring IS NOT DISTINCT FROM @GrainIdExtensionString::varchar
    AND serviceid = @ServiceId
$query$),
-- A cleared state keeps its row, so that versions never repeat.
('ClearStorageKey',
$query$
UPDATE orleansstorage SET payloadbinary = NULL, modifiedon = now(), version = version + 1
WHERE grainidhash = @GrainIdHash AND graintypehash = @GrainTypeHash AND grainidn0 = @GrainIdN0 AND grainidn1 = @GrainIdN1
    AND graintypestring = @GrainTypeString AND grainidextensionstring IS NOT DISTINCT FROM @GrainIdExtensionString::varchar
    AND serviceid = @ServiceId AND version = @GrainStateVersion::integer
RETURNING version AS newgrainstateversion
$query$),
('DeleteStorageKey',
$query$
DELETE FROM orleansstorage
WHERE grainidhash = @GrainIdHash AND graintypehash = @GrainTypeHash AND grainidn0 = @GrainIdN0 AND grainidn1 = @GrainIdN1
    AND graintypestring = @GrainTypeString AND grainidextensionstring IS NOT DISTINCT FROM @GrainIdExtensionString::varchar
    AND serviceid = @ServiceId AND version = @GrainStateVersion::integer
RETURNING version + 1 AS newgrainstateversion
$query$);
