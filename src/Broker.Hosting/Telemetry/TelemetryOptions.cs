using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Broker.Hosting.Telemetry;

/// <summary>Metrics, for a Prometheus to scrape.</summary>
public sealed class TelemetryOptions
{
    /// <summary>Where <c>/metrics</c> is served: <c>ADDRESS:PORT</c>, on a port of its own, never on that of gRPC; empty for nowhere. It tells nothing of
    /// any user, record, deal or partner, and asks nobody who they are: leave it inside. Port 0 takes any that is free. Default empty.</summary>
    public string Listen { get; set; } = "";

    /// <summary>How old a scrape's answer may be that is given again to another scraper. Milliseconds, 0 to 60,000. Default 300.</summary>
    [Range(0, 60_000)]
    public int CacheMilliseconds { get; set; } = 300;
}

/// <summary>Checks the ranges of <see cref="TelemetryOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class TelemetryOptionsValidator : IValidateOptions<TelemetryOptions>;
