using System.Globalization;

namespace Broker.Connectors;

/// <summary>Reads the dates of exports: UTC, cut to the millisecond that records keep.</summary>
internal static class SourceDate
{
    private const int SecondsLength = 19;
    private const int MillisecondsLength = 23;

    private static readonly string[] Utc = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"];
    private static readonly string[] Zoned = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"];
    private static readonly string[] Sql = ["yyyy-MM-dd HH:mm:ss"];

    /// <summary>A date of a Stack Exchange dump: UTC, and mostly without saying so.</summary>
    public static DateTimeOffset? ReadUtc(string? value) => ReadPlain(value, needsZone: false) ?? Read(value, Utc);

    /// <summary>An RFC 3339 date, which must name its offset.</summary>
    public static DateTimeOffset? ReadZoned(string? value) => ReadPlain(value, needsZone: true) ?? Read(value, Zoned);

    /// <summary>A date of a MySQL column; its zero date is none.</summary>
    public static DateTimeOffset? ReadSql(string? value) => Read(value, Sql);

    // Nearly every date of an export looks like one of these: yyyy-MM-ddTHH:mm:ss, or the same with .fff; each with a Z or, where that is allowed, without.
    private static DateTimeOffset? ReadPlain(ReadOnlySpan<char> value, bool needsZone)
    {
        var isZoned = value.Length > 0 && value[^1] == 'Z';
        if (needsZone && !isZoned) return null;
        if (isZoned) value = value[..^1];
        if (value.Length is not (SecondsLength or MillisecondsLength)) return null;
        if (value[4] != '-' || value[7] != '-' || value[10] != 'T' || value[13] != ':' || value[16] != ':') return null;
        var (year, month, day) = (Digits(value[..4]), Digits(value[5..7]), Digits(value[8..10]));
        var (hour, minute, second) = (Digits(value[11..13]), Digits(value[14..16]), Digits(value[17..19]));
        var millisecond = value.Length == SecondsLength ? 0 : value[19] == '.' ? Digits(value[20..]) : -1;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return null;
        return hour is >= 0 and < 24 && minute is >= 0 and < 60 && second is >= 0 and < 60 && millisecond >= 0
            ? new DateTimeOffset(year, month, day, hour, minute, second, millisecond, TimeSpan.Zero)
            : null;
    }

    /// <summary>A number, or −1 where something else than digits stands.</summary>
    private static int Digits(ReadOnlySpan<char> digits)
    {
        var number = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit(digit)) return -1;
            number = (10 * number) + (digit - '0');
        }

        return number;
    }

    private static DateTimeOffset? Read(string? value, string[] forms) =>
        DateTimeOffset.TryParseExact(value?.Trim(), forms, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date)
            ? date.AddTicks(-(date.Ticks % TimeSpan.TicksPerMillisecond))
            : null;
}
