namespace Broker.Grains.Keys;

/// <summary>What a sealed value is, so that one can never stand for another. The numbers lie on disk.</summary>
public enum SealPurpose : byte
{
    /// <summary>The platform's identifier of the user.</summary>
    PlatformUserId = 1,

    /// <summary>The platform's identifier of a record.</summary>
    RecordId = 2,

    /// <summary>Anything else of the user that a log must hold, in its own encoding.</summary>
    Detail = 3,
}
