namespace Broker.Storage.Tests.Logs;

/// <summary>A calendar clock that an operator may set, backwards too. Its monotonic side does not move.</summary>
internal sealed class SettableClock : TimeProvider
{
    public DateTimeOffset UtcNow { get; set; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => UtcNow;
}
