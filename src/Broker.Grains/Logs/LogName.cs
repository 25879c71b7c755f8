namespace Broker.Grains.Logs;

/// <summary>The name of a log: <c>platforms/{platform}/partitions/{index}</c> or <c>platforms/{platform}/deals/{deal}</c>.</summary>
/// <param name="Value">1 to 200 characters.</param>
public readonly record struct LogName(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}
