namespace Broker.Grains.Logs;

/// <summary>What an answer without events of its own waits for.</summary>
public enum Settle
{
    /// <summary>The last event that it saw is durable. For reads and refusals, which acknowledge nothing.</summary>
    LastSeen = 1,

    /// <summary>An append that starts after the decision is accepted, so this activation still held the log then.
    /// For repeats and no-ops, which acknowledge something.</summary>
    CheckFence = 2,
}
