namespace Broker.Domain.Platforms;

/// <summary>Why a row of an export may not enter. Counted by reason in the import's report.</summary>
public enum ImportRefusal
{
    /// <summary>No owner, or the owner's account is gone.</summary>
    NoOwner = 1,

    /// <summary>No creation date, or one that cannot be read.</summary>
    NoDate = 2,

    /// <summary>No id.</summary>
    NoId = 3,

    /// <summary>A draft, or scheduled for later.</summary>
    Draft = 4,

    /// <summary>Private, or shown to some people only.</summary>
    Private = 5,

    /// <summary>Behind a password.</summary>
    PasswordProtected = 6,

    /// <summary>Deleted, or in the bin.</summary>
    Deleted = 7,

    /// <summary>Awaiting moderation, or marked as spam.</summary>
    NotApproved = 8,

    /// <summary>A row type that the connector does not license (navigation, tag wiki, pingback, attachment…).</summary>
    NotLicensedType = 9,

    /// <summary>A value too long or out of range (see the record's fields).</summary>
    InvalidValue = 10,

    /// <summary>The user has been erased, and stays so.</summary>
    ErasedUser = 11,

    /// <summary>The row's id appears earlier in the same import with another content; the later row counts.</summary>
    Superseded = 12,

    /// <summary>The owner's account is suspended at the platform.</summary>
    Suspended = 13,

    /// <summary>Its user or platform had the very same record removed (<see cref="RemovalCause.Deleted"/>), and it stays out; a changed version enters.</summary>
    RemovedByRequest = 14,
}
