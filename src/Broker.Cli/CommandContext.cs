using System.CommandLine;
using Broker.Cli.Calls;
using Broker.Cli.Output;
using Broker.Client;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;

namespace Broker.Cli;

/// <summary>One run of one command: what was asked for, and the way to the node.</summary>
internal sealed class CommandContext : IDisposable
{
    private readonly GlobalOptions _options;
    private readonly ParseResult _parse;
    private readonly List<IDisposable> _open = [];
    private TokenSource? _tokens;
    private string? _requestId;

    public CommandContext(CliHost host, GlobalOptions options, ParseResult parse)
    {
        (Host, _options, _parse) = (host, options, parse);
        Results = new ResultWriter(host, Format);
    }

    /// <summary>What the process gives.</summary>
    public CliHost Host { get; }

    /// <summary>Writes what came of the command.</summary>
    public ResultWriter Results { get; }

    /// <summary>How results are written.</summary>
    public OutputFormat Format => _parse.GetValue(_options.Output);

    /// <summary>The clock.</summary>
    public TimeProvider Time => Host.Time;

    /// <summary>The node's address as it was given.</summary>
    public string Server => Setting(_options.Server, GlobalOptions.ServerVariable) ?? GlobalOptions.DefaultServer;

    /// <summary>The embedded node's data directory as it was given.</summary>
    public string DataDirectory => Setting(_options.Data, GlobalOptions.DataVariable) ?? GlobalOptions.DefaultData;

    /// <summary>Whether this line names the data directory.</summary>
    public bool IsDataNamed => !string.IsNullOrEmpty(_parse.GetValue(_options.Data));

    /// <summary>Whether this line names the node.</summary>
    public bool IsServerNamed => !string.IsNullOrEmpty(_parse.GetValue(_options.Server));

    /// <summary>Who tokens minted here name.</summary>
    public string Subject => _parse.GetValue(_options.As) is { Length: > 0 } name ? name : Host.UserName;

    /// <summary>The request's id: one for the whole run, however often the call is repeated.</summary>
    public string RequestId => _requestId ??= (_parse.GetValue(_options.RequestId) ?? Guid.CreateVersion7()).ToString("D");

    /// <summary>The id, if the command has used it: then a failed call may have been carried out all the same.</summary>
    public string? UsedRequestId => _requestId;

    /// <summary>An option's value.</summary>
    public T? Get<T>(Option<T> option) => _parse.GetValue(option);

    /// <summary>An argument's value.</summary>
    public T Get<T>(Argument<T> argument) => _parse.GetRequiredValue(argument);

    /// <summary>A connection to the node.</summary>
    /// <param name="access">What the command needs to be; a token is minted for it where none was given.</param>
    /// <param name="retry">How patiently calls are repeated; as for a person who waits when null.</param>
    /// <param name="isCompressed">Whether pulls come packed.</param>
    /// <exception cref="CliException">The address is none, or there is no token to be had.</exception>
    public BrokerConnection Connect(Access access, RetryOptions? retry = null, bool isCompressed = false)
    {
        var addresses = ServerAddress.ParseAll(Server);
        var tokens = Tokens;
        foreach (var address in addresses) tokens.Require(address, access);
        try
        {
            var connection = new BrokerConnection(new BrokerConnectionOptions
            {
                Address = addresses[0],
                Alternatives = [.. addresses.Skip(1)],
                Token = _ => ValueTask.FromResult(tokens.For(access)),
                Tls = Tls,
                Retry = retry ?? Host.Retry,
                Time = Time,
                IsCompressed = isCompressed,
            });
            _open.Add(connection);
            return connection;
        }
        catch (ArgumentException wrong)
        {
            throw new CliException(new CliError(ExitCode.Usage, "USAGE", wrong.Message), wrong);
        }
    }

    /// <summary>A connection as the partner of a deal. With a token of its own it is just that token's; where one is minted,
    /// the deal says who its partner is.</summary>
    /// <exception cref="BrokerException">There is no such deal.</exception>
    public async Task<BrokerConnection> ConnectAsPartnerOfAsync(DealName deal, CancellationToken cancellationToken, RetryOptions? retry = null, bool isCompressed = false)
    {
        if (Tokens.IsGiven) return Connect(Access.Auditor, retry, isCompressed);
        var node = Connect(Access.Auditor);
        var found = await node.CallAsync(node.Deals.GetDealAsync, new GetDealRequest { Name = deal.ToString() }, cancellationToken);
        var partner = ResourceNames.ParsePartner(found.Deal.Partner) ?? throw new InvalidDataException($"The deal's partner {found.Deal.Partner} is no name of a partner.");
        return Connect(Access.Partner(partner), retry, isCompressed);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var one in _open) one.Dispose();
        _tokens?.Dispose();
    }

    private TokenSource Tokens => _tokens ??= new TokenSource(Setting(_options.Token, GlobalOptions.TokenVariable), DataDirectory, Subject, Time);

    private BrokerTls? Tls
    {
        get
        {
            var (authorities, certificate, key) = (Setting(_options.Authorities, GlobalOptions.AuthoritiesVariable), Setting(_options.Certificate, GlobalOptions.CertificateVariable), Setting(_options.Key, GlobalOptions.KeyVariable));
            return (authorities, certificate, key) is (null, null, null) ? null : BrokerTls.FromFiles(authorities, certificate, key);
        }
    }

    private string? Setting(Option<string?> option, string variable) =>
        _parse.GetValue(option) is { Length: > 0 } given ? given : Host.Variable(variable) is { Length: > 0 } set ? set : null;
}
