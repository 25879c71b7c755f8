namespace Broker.Domain;

/// <summary>Why a command was not carried out. Nothing changed; the caller may learn why and what to do.</summary>
/// <param name="Reason">What kind of refusal; it fixes the gRPC status at the edge.</param>
/// <param name="Message">One or two sentences for a person: what is wrong and what to do.</param>
/// <param name="Field">The request's field at fault in lower snake case, dotted (<c>price.amount</c>), or null.</param>
/// <param name="Limit">The limit that is exhausted (<c>records/term</c>), or null.</param>
public sealed record Refusal(RefusalReason Reason, string Message, string? Field = null, string? Limit = null);
