using System.CommandLine;
using Broker.Cli.Output;

namespace Broker.Cli;

/// <summary>The options that every command has.</summary>
internal sealed class GlobalOptions
{
    public const string DefaultServer = "http://127.0.0.1:5270";
    public const string DefaultData = "./broker-data";
    public const string ServerVariable = "BROKER_SERVER";
    public const string TokenVariable = "BROKER_TOKEN";
    public const string DataVariable = "BROKER_DATA";

    /// <summary>Tables for people, or JSON for scripts.</summary>
    public Option<OutputFormat> Output { get; } = new("--output", "-o")
    {
        Description = "table for people; json: one document on stdout (64-bit numbers as strings, as proto3 JSON has them), errors as JSON on stderr.",
        HelpName = "table|json",
        Recursive = true,
    };

    /// <summary>The node.</summary>
    public Option<string?> Server { get; } = new("--server")
    {
        Description = $"The node's address; several gateways of a cluster with commas between them. Default: ${ServerVariable}, else {DefaultServer}.",
        HelpName = "URL",
        Recursive = true,
    };

    /// <summary>The caller's token.</summary>
    public Option<string?> Token { get; } = new("--token")
    {
        Description = $"The token, or @FILE that holds it. Default: ${TokenVariable}; else, for a node on this machine, one minted for this command from the key in --data.",
        HelpName = "TOKEN|@FILE",
        Recursive = true,
    };

    /// <summary>The data directory of an embedded node.</summary>
    public Option<string?> Data { get; } = new("--data")
    {
        Description = $"An embedded node's data directory. Default: ${DataVariable}, else {DefaultData}.",
        HelpName = "DIR",
        Recursive = true,
    };

    /// <summary>The subject of a token that is minted for the command.</summary>
    public Option<string?> As { get; } = new("--as")
    {
        Description = "Who the token minted for this command names; approvals need another person than proposals. Default: the name of the logged-in user.",
        HelpName = "NAME",
        Recursive = true,
    };

    /// <summary>The request's id.</summary>
    public Option<Guid?> RequestId { get; } = new("--request-id")
    {
        Description = "Repeats a request whose outcome is unknown: what was done under this id is not done again. Default: a new one.",
        HelpName = "UUID",
        Recursive = true,
    };

    /// <summary>Puts them on the root.</summary>
    public void AddTo(Command root)
    {
        foreach (var option in new Option[] { Output, Server, Token, Data, As, RequestId }) root.Add(option);
    }
}
