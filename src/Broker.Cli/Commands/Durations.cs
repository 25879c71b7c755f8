using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Broker.Cli.Commands;

/// <summary>Lengths of time on the command line: <c>90s</c>, <c>15m</c>, <c>8h</c>, <c>30d</c>.</summary>
internal static class Durations
{
    /// <summary>An option that takes one.</summary>
    public static Option<TimeSpan?> Option(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "15m|8h|30d",
        CustomParser = Parse,
    };

    /// <summary>The length, or null where the text says none.</summary>
    public static TimeSpan? Parse(string text)
    {
        if (text.Length < 2 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)) return null;
        return text[^1] switch
        {
            's' => TimeSpan.FromSeconds(count),
            'm' => TimeSpan.FromMinutes(count),
            'h' => TimeSpan.FromHours(count),
            'd' when count <= 36_500 => TimeSpan.FromDays(count),
            _ => null,
        };
    }

    /// <summary>A length of whole seconds, in the largest unit that it is a multiple of; <see cref="Parse(string)"/> reads it back.</summary>
    public static string Of(TimeSpan length)
    {
        var seconds = (long)length.TotalSeconds;
        var (count, unit) = seconds switch
        {
            _ when seconds % 86_400 == 0 => (seconds / 86_400, 'd'),
            _ when seconds % 3_600 == 0 => (seconds / 3_600, 'h'),
            _ when seconds % 60 == 0 => (seconds / 60, 'm'),
            _ => (seconds, 's'),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{count}{unit}");
    }

    private static TimeSpan? Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (Parse(text) is { } length) return length;
        result.AddError($"{text} is no length of time: give a whole number and s, m, h or d, like 15m.");
        return null;
    }
}
