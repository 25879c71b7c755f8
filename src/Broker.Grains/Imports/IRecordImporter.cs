using Broker.Domain.Platforms;

namespace Broker.Grains.Imports;

/// <summary>The port to imports: sorts items into segments and commits each partition's part.</summary>
public interface IRecordImporter
{
    /// <summary>Imports records. Memory does not grow with their number.</summary>
    /// <param name="import">Which import.</param>
    /// <param name="items">What a connector read. Where it throws, nothing of the import is kept, and the exception goes on.</param>
    /// <param name="cancellationToken">Gives the import up; nothing of it is kept.</param>
    /// <exception cref="ImportRefusedException">A partition refused its part (MANIFEST_CHANGED…).</exception>
    Task<ImportReport> ImportAsync(RecordImport import, IAsyncEnumerable<SourceItem> items, CancellationToken cancellationToken);
}

/// <summary>An import.</summary>
/// <param name="Platform">The platform's id.</param>
/// <param name="Dataset">The dataset's id.</param>
/// <param name="ImportId">UUID; the same id with the same items is the same import.</param>
/// <param name="IsComplete">Whether held records that it lacks are removed.</param>
/// <param name="PartitionCount">The platform's partitions.</param>
public sealed record RecordImport(string Platform, string Dataset, string ImportId, bool IsComplete, int PartitionCount);

/// <summary>What came of an import. Read = accepted + refused; accepted = added + replaced + unchanged.</summary>
/// <param name="Read">Items that were read.</param>
/// <param name="Accepted">Records that may enter, by kind.</param>
/// <param name="Refused">Rows that may not, by reason.</param>
/// <param name="Added">Accepted records that were new.</param>
/// <param name="Replaced">Accepted records that replaced an older version.</param>
/// <param name="Unchanged">Accepted records that were held already.</param>
/// <param name="Removed">Held records that were removed.</param>
/// <param name="NewUsers">Users who were not known before.</param>
public sealed record ImportReport(
    long Read,
    IReadOnlyDictionary<RecordKind, long> Accepted,
    IReadOnlyDictionary<ImportRefusal, long> Refused,
    long Added,
    long Replaced,
    long Unchanged,
    long Removed,
    long NewUsers);
