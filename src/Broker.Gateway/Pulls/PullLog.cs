namespace Broker.Gateway.Pulls;

/// <summary>What the gateway says of pulls. Ids 3100 to 3149.</summary>
internal static partial class PullLog
{
    [LoggerMessage(EventId = 3100, Level = LogLevel.Warning, Message = "{Deal}: {Count} slices of round {Round} of partition {Partition}, the first of them {Slice}, came to their client later than their deadline, and were refused there. They are in the lineage.")]
    public static partial void LateSlices(ILogger logger, string deal, int partition, int round, int slice, int count);

    [LoggerMessage(EventId = 3101, Level = LogLevel.Error, Message = "{Deal}: slice {Round}/{Slice} of partition {Partition} is not what was released; it has no end, and its client discards what came of it.")]
    public static partial void SliceCorrupt(ILogger logger, string deal, int partition, int round, int slice, Exception exception);

    [LoggerMessage(EventId = 3102, Level = LogLevel.Warning, Message = "{Deal}: partition {Partition} was not told what became of {Count} slices; their leases run out by themselves.")]
    public static partial void SettleFailed(ILogger logger, string deal, int partition, int count, Exception exception);

    [LoggerMessage(EventId = 3103, Level = LogLevel.Warning, Message = "{Deal}: leases in partition {Partition} could not be renewed; what is sent stops when they run out.")]
    public static partial void RenewFailed(ILogger logger, string deal, int partition, Exception exception);

    [LoggerMessage(EventId = 3104, Level = LogLevel.Warning, Message = "{Deal}: the client of stream {Stream} does not take its data; it was cut off.")]
    public static partial void ClientStalled(ILogger logger, string deal, string stream);

    [LoggerMessage(EventId = 3105, Level = LogLevel.Warning, Message = "{Deal}: the lease of slice {Round}/{Slice} of partition {Partition} ended while a message of it was being written; the stream was reset.")]
    public static partial void LeaseEnded(ILogger logger, string deal, int partition, int round, int slice);

    [LoggerMessage(EventId = 3106, Level = LogLevel.Warning, Message = "{Deal}: its client holds {Count} slices of round {Round} of partition {Partition}, the first of them {Slice}, that the log does not: it was restored from a backup that lacks them. They are in no lineage, and no recall will name them.")]
    public static partial void LostSlices(ILogger logger, string deal, int partition, int round, int slice, int count);

    [LoggerMessage(EventId = 3107, Level = LogLevel.Error, Message = "{Deal}: partition {Partition} cannot be read to its end: a segment is missing, or is not what the log says. The other partitions go on.")]
    public static partial void PartitionCorrupt(ILogger logger, string deal, int partition, Exception exception);
}
