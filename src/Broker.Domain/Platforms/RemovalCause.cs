namespace Broker.Domain.Platforms;

/// <summary>Why a record was removed. The numbers are on disk and on the wire.</summary>
public enum RemovalCause
{
    /// <summary>Not a cause.</summary>
    Unspecified = 0,

    /// <summary>An import brought a changed version.</summary>
    Replaced = 1,

    /// <summary>It was public and is no more.</summary>
    NoLongerPublic = 2,

    /// <summary>It lost or changed its owner.</summary>
    OwnerChanged = 3,

    /// <summary>A dump that was declared complete lacks it.</summary>
    MissingFromCompleteDump = 4,

    /// <summary>Its user or platform asked for it.</summary>
    Deleted = 5,
}
