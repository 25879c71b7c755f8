using System.CommandLine;
using System.CommandLine.Parsing;
using Broker.Cli.Output;

namespace Broker.Cli.Commands;

/// <summary>Options that take words of the protos' enums.</summary>
internal static class WordOptions
{
    /// <summary>An option that may be named several times, or take several words.</summary>
    public static Option<T[]> List<T>(string name, string description)
        where T : struct, Enum => new(name)
    {
        Description = $"{description} Of: {string.Join(", ", Words.All<T>())}.",
        HelpName = "WORD",
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => [.. result.Tokens.Select(token => Parse<T>(result, token.Value))],
        DefaultValueFactory = _ => [],
    };

    /// <summary>An option for one word.</summary>
    public static Option<T?> One<T>(string name, string description)
        where T : struct, Enum => new(name)
    {
        Description = $"{description} One of: {string.Join(", ", Words.All<T>())}.",
        HelpName = "WORD",
        CustomParser = result => Parse<T>(result, result.Tokens[0].Value),
    };

    private static T Parse<T>(ArgumentResult result, string word)
        where T : struct, Enum
    {
        if (Words.Parse<T>(word) is { } known) return known;
        result.AddError($"{word} is none of: {string.Join(", ", Words.All<T>())}.");
        return default;
    }
}
