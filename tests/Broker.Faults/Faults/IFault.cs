namespace Broker.Faults.Faults;

/// <summary>Something that goes wrong. It is injected under load, must really have happened, and is healed.</summary>
internal interface IFault
{
    /// <summary>Its name in the table.</summary>
    string Name { get; }

    /// <summary>Injects it, sees that it happened, and heals it.</summary>
    /// <returns>What shows that it happened, and when it began.</returns>
    /// <exception cref="FaultException">It did not happen, or a promise broke while it lasted.</exception>
    Task<FaultReport> RunAsync(Scene scene, CancellationToken cancellationToken);
}

/// <summary>What a fault did.</summary>
/// <param name="BeganAt">When, on the machine's monotonic clock.</param>
/// <param name="HealedAt">When all that was taken away was back.</param>
/// <param name="Evidence">What shows that it happened.</param>
internal sealed record FaultReport(long BeganAt, long HealedAt, string Evidence);

/// <summary>A fault that did not happen, or broke something.</summary>
internal sealed class FaultException(string message) : Exception(message);
