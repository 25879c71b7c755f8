using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Broker.Grains.Tokens;

/// <summary>How fast tokens are counted.</summary>
public sealed class TokenOptions
{
    /// <summary>The share of one core that counting takes while there is something to count, in percent. 1 to 100. Default 50: counting is the slowest step
    /// there is (6 million tokens a second on a whole core), and a small silo has little more than a core.</summary>
    [Range(1, 100)]
    public int CorePercent { get; set; } = 50;

    /// <summary>After what time a segment that could not be counted (a full disk, a broken file) is tried again. 1 s to 1 day. Default 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromMinutes(1);
}

/// <summary>Checks the ranges of <see cref="TokenOptions"/> at the start.</summary>
[OptionsValidator]
public sealed partial class TokenOptionsValidator : IValidateOptions<TokenOptions>;
