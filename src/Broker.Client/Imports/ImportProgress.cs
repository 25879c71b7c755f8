namespace Broker.Client.Imports;

/// <summary>How far an import is.</summary>
/// <param name="Items">Items handed to the connection in this try.</param>
/// <param name="Attempt">Which try, from 1.</param>
public readonly record struct ImportProgress(long Items, int Attempt);
