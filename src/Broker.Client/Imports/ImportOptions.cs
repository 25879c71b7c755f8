namespace Broker.Client.Imports;

/// <summary>How records are imported.</summary>
public sealed record ImportOptions
{
    /// <summary>The import's id: the same one when the same import is repeated, from another process too. Null: a new one.</summary>
    public Guid? ImportId { get; init; }

    /// <summary>Whether the source holds everything that is public: held records that it lacks are then removed. Default false.</summary>
    public bool IsComplete { get; init; }

    /// <summary>Whether the source can be read again from its start, so that a broken import is repeated as a whole. Default true.</summary>
    public bool CanReopen { get; init; } = true;
}
