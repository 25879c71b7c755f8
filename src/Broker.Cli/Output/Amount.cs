using System.Globalization;
using System.Text.RegularExpressions;
using Google.Protobuf.WellKnownTypes;

namespace Broker.Cli.Output;

/// <summary>Numbers, money and times as people write and read them; exact, and the same in every locale.</summary>
internal static partial class Amount
{
    private const int Decimals = 6;
    private const long MicrosPerUnit = 1_000_000;

    /// <summary>A count: <c>1,234,567</c>.</summary>
    public static string Of(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Money: <c>60,000,000.00 USD</c>; as many decimals as it has, two at least.</summary>
    public static string Of(long micros, string currency) => $"{Decimal(micros, "N0")} {currency}".TrimEnd();

    /// <summary>A time in UTC, to the second: <c>2026-11-24 10:00:00Z</c>.</summary>
    public static string Of(Timestamp? time) => time is null ? "" : time.ToDateTimeOffset().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Money as a file has it: <c>60000000.00</c>; <see cref="ParseMicros"/> reads it back.</summary>
    public static string ToDecimal(long micros) => Decimal(micros, "D");

    /// <summary>Micro-units of a decimal number; exact, or nothing.</summary>
    /// <param name="text">Digits, with at most six that count after a point; a minus sign is read, and left to the node to refuse.</param>
    /// <param name="micros">The micro-units.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? ParseMicros(string text, out long micros)
    {
        micros = 0;
        if (!DecimalNumber().IsMatch(text)) return "a decimal number is needed, like \"0.0015\": digits and one point";
        var isNegative = text[0] == '-';
        var (whole, fraction) = text.TrimStart('-').Split('.') is [var units, var rest] ? (units, rest.TrimEnd('0')) : (text.TrimStart('-'), "");
        if (fraction.Length > Decimals) return "finer than a millionth";
        var digits = (whole + fraction.PadRight(Decimals, '0')).TrimStart('0');
        if (digits.Length == 0) return null;
        var isWithin = long.TryParse((isNegative ? "-" : "") + digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out micros);
        return isWithin ? null : $"too large: an amount of money is at most {ToDecimal(long.MaxValue)}";
    }

    private static string Decimal(long micros, string format)
    {
        var (whole, part) = Math.DivRem(micros, MicrosPerUnit);
        var fraction = Math.Abs(part).ToString("D6", CultureInfo.InvariantCulture).TrimEnd('0').PadRight(2, '0');
        var sign = micros < 0 && whole == 0 ? "-" : "";
        return $"{sign}{whole.ToString(format, CultureInfo.InvariantCulture)}.{fraction}";
    }

    [GeneratedRegex("^-?[0-9]+(\\.[0-9]+)?\\z")]
    private static partial Regex DecimalNumber();
}
