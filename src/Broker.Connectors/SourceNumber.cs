using System.Globalization;

namespace Broker.Connectors;

/// <summary>Reads the numbers by which the platforms' databases name rows.</summary>
internal static class SourceNumber
{
    /// <summary>A whole number, or null for anything else. One spelling each, so that 7 and 07 are not two records.</summary>
    public static long? Read(string? value) =>
        long.TryParse(value?.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>A number above zero, or null.</summary>
    public static long? ReadPositive(string? value) => Read(value) is > 0 and var number ? number : null;
}
