using System.Collections.Immutable;
using Broker.Domain;
using Broker.Grains.Logs;

namespace Broker.Grains.Tests.Logs;

/// <summary>One client's call, and what it was told.</summary>
internal sealed class SimulatedCall
{
    public required CallKind Kind { get; init; }

    public required SimulatedActivation At { get; init; }

    public required long Started { get; init; }

    /// <summary>What a write asks for: the notes' values.</summary>
    public ImmutableArray<long> Values { get; init; } = [];

    public RequestKey? Request { get; init; }

    /// <summary>Whether its decision was made, or its read done.</summary>
    public bool WasDecided { get; set; }

    public Task<Told> Answer { get; set; } = null!;

    /// <summary>Whether its answer acknowledges something without events: it then rests on a check of the fence.</summary>
    public bool IsCheck => Kind is CallKind.Nothing or CallKind.CheckedRefusal or CallKind.CheckedRead or CallKind.Check;
}

/// <summary>What a client may ask.</summary>
internal enum CallKind
{
    Write,
    Nothing,
    Refusal,
    CheckedRefusal,
    Read,
    CheckedRead,
    Check,
}

/// <summary>An answer.</summary>
internal sealed record Told(ImmutableList<long> Seen, long First, long Last, bool IsRepeat, Refusal? Refusal);
