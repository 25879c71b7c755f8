using System.Globalization;

namespace Broker.Domain.Releases;

/// <summary>The id under which a partition reserves from a deal: <c>{round}/{partition}/{slice}/{attempt}@{fence}</c>.</summary>
/// <remarks>The fence keeps a stale activation's reservation from being taken for this one's; the attempt keeps a slice that
/// was selected anew (after a void) apart from its first selection.</remarks>
/// <param name="Round">The pull's round in the partition.</param>
/// <param name="Partition">The partition's index.</param>
/// <param name="Slice">The slice's number.</param>
/// <param name="Attempt">Counted by the activation, from 1.</param>
/// <param name="Fence">The activation's fence.</param>
public readonly record struct ReservationId(int Round, int Partition, int Slice, long Attempt, long Fence)
{
    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Round}/{Partition}/{Slice}/{Attempt}@{Fence}");

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(string text, out ReservationId id)
    {
        id = default;
        var parts = text.Split('/', '@');
        if (parts.Length != 5
            || !TryInt(parts[0], out var round) || !TryInt(parts[1], out var partition) || !TryInt(parts[2], out var slice)
            || !long.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out var attempt)
            || !long.TryParse(parts[4], NumberStyles.None, CultureInfo.InvariantCulture, out var fence))
            return false;
        id = new ReservationId(round, partition, slice, attempt, fence);
        return true;
    }

    private static bool TryInt(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
