using Broker.Protos.Log.V1;
using Google.Protobuf;

namespace Broker.Auditor.Partitions;

/// <summary>Where a partition's records lie at its log's end: the files that they lay in before are gone, so that every position is proved from these.</summary>
/// <remarks>Read before the replay, and believed only as far as that finds the same merges.</remarks>
internal sealed class MergesAhead
{
    private readonly Dictionary<string, Segment> _outputs = new(StringComparer.Ordinal);
    private readonly HashSet<string> _inputs = new(StringComparer.Ordinal);
    private readonly HashSet<string> _merges = new(StringComparer.Ordinal);

    /// <summary>What merges made and none took away again.</summary>
    public IEnumerable<Segment> Last => _outputs.Values;

    /// <summary>Whether the segment's records lie elsewhere in the end.</summary>
    public bool TakesAway(string segment) => _inputs.Contains(segment);

    /// <summary>Whether the merge was there when the log was read ahead.</summary>
    public bool Knows(SegmentsMerged merged) => _merges.Contains(KeyOf(merged));

    /// <summary>Reads a log for its merges alone.</summary>
    public static async Task<MergesAhead> ReadAsync(IAuditSource source, string log, CancellationToken cancellationToken)
    {
        var ahead = new MergesAhead();
        await foreach (var entry in source.ReadAsync(log, cancellationToken))
            if (MergeIn(entry) is { } merged)
                ahead.Add(merged);
        return ahead;
    }

    private void Add(SegmentsMerged merged)
    {
        _merges.Add(KeyOf(merged));
        foreach (var input in merged.Inputs)
        {
            _inputs.Add(input);
            _outputs.Remove(input);
        }

        foreach (var output in merged.Outputs.Select(output => Segment.Of(merged, output)).Where(output => !_inputs.Contains(output.Id))) _outputs[output.Id] = output;
    }

    // What cannot be read here is told by the replay, which reads it too.
    private static SegmentsMerged? MergeIn(AuditEntry entry)
    {
        try
        {
            return PartitionEvent.Parser.ParseFrom(LogEnvelope.Parser.ParseFrom(entry.Payload.Span).Event.Span).SegmentsMerged;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static string KeyOf(SegmentsMerged merged) => string.Join(' ', merged.Outputs.Select(output => output.Info?.SegmentId));
}
