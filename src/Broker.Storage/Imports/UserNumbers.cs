using System.Collections;

namespace Broker.Storage.Imports;

/// <summary>The numbers of users, asked for in batches and remembered up to a bound.</summary>
internal sealed class UserNumbers(IImportPartitions partitions, int[] userCountsBefore)
{
    private const int BatchMax = 1_000;
    private const int RememberedMax = 100_000;

    private readonly Dictionary<string, int> _known = new(StringComparer.Ordinal);
    private readonly BitArray[] _new = [.. userCountsBefore.Select(_ => new BitArray(0))];

    /// <summary>Asks anew from now on: somebody may have been erased since.</summary>
    public void Forget() => _known.Clear();

    /// <summary>Each user's number; −1 for who is erased.</summary>
    public async Task<IReadOnlyDictionary<string, int>> OfAsync(int partition, IReadOnlyCollection<string> userIds)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var unknown = new List<string>();
        foreach (var userId in userIds)
        {
            if (_known.TryGetValue(userId, out var number)) numbers[userId] = number;
            else unknown.Add(userId);
        }

        foreach (var batch in unknown.Chunk(BatchMax)) await AskAsync(numbers, partition, batch);
        return numbers;
    }

    /// <summary>Whether a user's number is seen for the first time and was not given before the import.</summary>
    private bool IsFirstOfNew(int partition, int number)
    {
        var index = number - userCountsBefore[partition];
        if (index < 0) return false;
        if (_new[partition].Length <= index) _new[partition].Length = Math.Max(index + 1, 2 * _new[partition].Length);
        if (_new[partition][index]) return false;
        return _new[partition][index] = true;
    }

    /// <summary>How many users of a partition are new.</summary>
    public long NewIn(int partition) => _newCounts.GetValueOrDefault(partition);

    private readonly Dictionary<int, long> _newCounts = [];

    private async Task AskAsync(Dictionary<string, int> numbers, int partition, string[] userIds)
    {
        var answers = await partitions.EnsureUsersAsync(partition, userIds);
        if (_known.Count + userIds.Length > RememberedMax) _known.Clear();
        foreach (var (userId, number) in userIds.Zip(answers))
        {
            numbers[userId] = _known[userId] = number;
            if (IsFirstOfNew(partition, number)) _newCounts[partition] = NewIn(partition) + 1;
        }
    }
}
