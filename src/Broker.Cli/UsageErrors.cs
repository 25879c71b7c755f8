using System.CommandLine;
using Broker.Cli.Output;

namespace Broker.Cli;

/// <summary>A command line that does not parse, as an error.</summary>
internal static class UsageErrors
{
    public static CliError Of(ParseResult parse) => new(
        ExitCode.Usage,
        "USAGE",
        string.Join(" ", parse.Errors.Select(error => OnOneLine(error.Message)).Distinct()))
    {
        Advice = $"Try: {PathOf(parse.CommandResult.Command)} --help",
    };

    private static string OnOneLine(string message) => string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string PathOf(Command command)
    {
        var names = new List<string>();
        for (Symbol? symbol = command; symbol is not (null or RootCommand); symbol = symbol.Parents.FirstOrDefault()) names.Insert(0, symbol.Name);
        return string.Join(' ', names.Prepend("broker"));
    }
}
