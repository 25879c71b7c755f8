using System.Globalization;

namespace Broker.Connectors;

/// <summary>Reads the dates of exports: UTC, cut to the millisecond that records keep.</summary>
internal static class SourceDate
{
    private static readonly string[] Utc = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"];
    private static readonly string[] Zoned = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"];
    private static readonly string[] Sql = ["yyyy-MM-dd HH:mm:ss"];

    /// <summary>A date of a Stack Exchange dump: UTC, and mostly without saying so.</summary>
    public static DateTimeOffset? ReadUtc(string? value) => Read(value, Utc);

    /// <summary>An RFC 3339 date, which must name its offset.</summary>
    public static DateTimeOffset? ReadZoned(string? value) => Read(value, Zoned);

    /// <summary>A date of a MySQL column; its zero date is none.</summary>
    public static DateTimeOffset? ReadSql(string? value) => Read(value, Sql);

    private static DateTimeOffset? Read(string? value, string[] forms) =>
        DateTimeOffset.TryParseExact(value?.Trim(), forms, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date)
            ? date.AddTicks(-(date.Ticks % TimeSpan.TicksPerMillisecond))
            : null;
}
