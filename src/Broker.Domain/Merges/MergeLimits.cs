namespace Broker.Domain.Merges;

/// <summary>When and how far segments are merged.</summary>
/// <param name="FanIn">How many segments of like size are merged at once, 2 or more.</param>
/// <param name="BytesMax">Most bytes of what is merged at once; a larger segment is rewritten only for what must go from it.</param>
/// <param name="RowsMax">Most rows of what is merged at once.</param>
/// <param name="RewriteAfter">How long something gone may lie in a segment before that is rewritten for it alone.</param>
public sealed record MergeLimits(int FanIn, long BytesMax, int RowsMax, TimeSpan RewriteAfter);
