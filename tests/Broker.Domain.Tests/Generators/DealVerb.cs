namespace Broker.Domain.Tests.Generators;

/// <summary>What a deal can be told to do.</summary>
internal enum DealVerb
{
    Propose,
    Approve,
    Amend,
    ApproveAmendment,
    Suspend,
    Resume,
    Terminate,
    Sweep,
    Reserve,
    Post,
    Void,
    Credit,
    CompleteRevocation,
    Wait,
}
