using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Broker.Domain;
using Google.Protobuf;
using Wire = Broker.Protos.Log.V1;

namespace Broker.Grains.Partitions;

/// <summary>Times, bytes and runs of users as they stand on disk.</summary>
internal static class WireValues
{
    /// <summary>100-nanosecond units since 1970: nothing of a time is cut, for decisions are ordered by it.</summary>
    public static long Ticks(DateTimeOffset time) => time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks;

    public static DateTimeOffset Time(long ticks)
    {
        var utc = DateTimeOffset.UnixEpoch.Ticks + ticks;
        return utc >= 0 && utc <= DateTimeOffset.MaxValue.Ticks
            ? new DateTimeOffset(utc, TimeSpan.Zero)
            : throw new InvalidDataException($"{ticks} is no time.");
    }

    public static ByteString Bytes(ImmutableArray<byte> bytes) => bytes.IsDefault ? ByteString.Empty : ByteString.CopyFrom(bytes.AsSpan());

    /// <summary>The same bytes, not copied: they never change.</summary>
    public static ByteString Shared(ImmutableArray<byte> bytes) =>
        bytes.IsDefault ? ByteString.Empty : UnsafeByteOperations.UnsafeWrap(bytes.AsMemory());

    public static ImmutableArray<byte> Bytes(ByteString bytes) => ImmutableCollectionsMarshal.AsImmutableArray(bytes.ToByteArray());

    public static Wire.UserRuns Runs(IEnumerable<UserRun> users, int start = 0)
    {
        var runs = new Wire.UserRuns();
        var end = start;
        foreach (var run in users)
        {
            // Wrapping, so that whatever runs there are come back as they were.
            runs.Gaps.Add(unchecked(run.First - end));
            runs.Extras.Add(unchecked(run.Last - run.First));
            end = unchecked(run.Last + 1);
        }

        if (runs.Extras.All(extra => extra == 0)) runs.Extras.Clear();
        return runs;
    }

    public static ImmutableArray<UserRun> Runs(Wire.UserRuns? wire, int start = 0)
    {
        if (wire is null) return [];
        if (wire.Extras.Count != 0 && wire.Extras.Count != wire.Gaps.Count) throw new InvalidDataException("Runs of users are cut short.");
        var runs = ImmutableArray.CreateBuilder<UserRun>(wire.Gaps.Count);
        var end = start;
        for (var index = 0; index < wire.Gaps.Count; index++)
        {
            var first = unchecked(end + wire.Gaps[index]);
            var last = wire.Extras.Count == 0 ? first : unchecked(first + wire.Extras[index]);
            runs.Add(new UserRun(first, last));
            end = unchecked(last + 1);
        }

        return runs.MoveToImmutable();
    }
}
