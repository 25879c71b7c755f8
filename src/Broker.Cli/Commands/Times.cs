using System.CommandLine;
using Broker.Cli.Files;

namespace Broker.Cli.Commands;

/// <summary>Times on the command line: <c>2026-01-31T00:00:00Z</c>.</summary>
internal static class Times
{
    /// <summary>An option that takes one.</summary>
    public static Option<DateTimeOffset?> Option(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (JsonFields.TryTime(text) is { } time) return time;
            result.AddError($"{text} is no time: give one like 2026-01-31T00:00:00Z or 2026-01-31T00:00:00-05:00.");
            return null;
        },
    };
}
