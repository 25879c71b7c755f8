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
    public const string AuthoritiesVariable = "BROKER_CA";
    public const string CertificateVariable = "BROKER_CERT";
    public const string KeyVariable = "BROKER_KEY";
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

    /// <summary>The roots of the node's certificate.</summary>
    public Option<string?> Authorities { get; } = new("--ca")
    {
        Description = $"PEM file of the roots that an https node's certificate must lead to, in place of this machine's. Default: ${AuthoritiesVariable}.",
        HelpName = "FILE",
        Recursive = true,
    };

    /// <summary>The caller's own certificate.</summary>
    public Option<string?> Certificate { get; } = new("--cert")
    {
        Description = $"PEM file of the caller's own certificate, for nodes that ask for one and for tokens bound to one; goes with --key. Default: ${CertificateVariable}.",
        HelpName = "FILE",
        Recursive = true,
    };

    /// <summary>Its key.</summary>
    public Option<string?> Key { get; } = new("--key")
    {
        Description = $"PEM file of the private key of --cert. Default: ${KeyVariable}.",
        HelpName = "FILE",
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
        foreach (var option in new Option[] { Output, Server, Token, Authorities, Certificate, Key, Data, As, RequestId }) root.Add(option);
    }
}
