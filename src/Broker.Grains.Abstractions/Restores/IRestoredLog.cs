using Broker.Domain.Restores;

namespace Broker.Grains.Restores;

/// <summary>What every grain over a log answers about restores. A log that ends before its high-water mark is held: it reserves and
/// releases nothing, and takes everything else, until it is reconciled.</summary>
public interface IRestoredLog : IGrainWithStringKey
{
    /// <summary>Why the log is held, or null. Fence checked.</summary>
    Task<RestoreGap?> GetGapAsync();

    /// <summary>Writes into the log that somebody has set right what it lacks (settings, suspensions and withdrawals since were given
    /// again), and ends the hold. Again, or where nothing is amiss, it changes nothing.</summary>
    /// <param name="by">Who, 1 to 200 characters.</param>
    /// <returns>What was amiss, or null. Where the mark cannot be read nothing was written, and the hold goes on.</returns>
    Task<RestoreGap?> ReconcileAsync(string by);
}
