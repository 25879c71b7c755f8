namespace Broker.Specs.Releases;

/// <summary>A call on its way: begun, done at the other side, or answered.</summary>
internal enum CallStage : byte { None, Begun, Done }

/// <summary>A call and the ticks since it began, up to where more makes no difference.</summary>
internal readonly record struct Call(CallStage Stage, byte Age);

/// <summary>One lease between a gateway and the activations A and B. What is left of each is in ticks; an authority of one more
/// than a lease has its last tick still before it. -1 since takeover: A holds the log.</summary>
internal readonly record struct LeaseWorld(
    Call Ask, byte GatewayLease, byte PartitionLease, Call Append, byte Authority, ConsentStage Consent, sbyte SinceTakeover);
