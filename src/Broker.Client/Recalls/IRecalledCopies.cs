namespace Broker.Client.Recalls;

/// <summary>A keeper of slices from which recalled records can be deleted. Broker.Client.Files has one for files.</summary>
public interface IRecalledCopies
{
    /// <summary>Up to which recall each partition's feed was dealt with here; kept durably.</summary>
    IReadOnlyDictionary<int, int> RecallCursors { get; }

    /// <summary>Deletes copies. When the task ends well they are gone, also after a crash.</summary>
    /// <exception cref="IOException">Some may be deleted and some not; do it again.</exception>
    Task<RecallDeletion> DeleteAsync(IReadOnlyCollection<RecalledCopy> copies, CancellationToken cancellationToken);

    /// <summary>Keeps where the feed is to be read on, durably.</summary>
    Task SaveRecallCursorsAsync(IReadOnlyDictionary<int, int> cursors, CancellationToken cancellationToken);
}
