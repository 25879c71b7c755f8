namespace Broker.Specs.Deals;

/// <summary>The designs of charging that the model compares. Each but <see cref="Full"/> lacks one rule.</summary>
public enum LedgerDesign
{
    /// <summary>The deal voids an old reservation when the partition has not released it, without an entry in the partition's log.</summary>
    VoidsWithoutEntry,

    /// <summary>After a crash the deal posts what was reserved, not what was released.</summary>
    PostsWhatWasReserved,

    /// <summary>A confirmation names its slice, but not the sending that it is about.</summary>
    ConfirmsWithoutSending,

    /// <summary>A resend starts while the first sending may still write.</summary>
    ResendsBesideTheFirst,

    /// <summary>Every rule of the protocol.</summary>
    Full,
}
