using Broker.Cli.Output;
using Broker.Gateway.Identity;
using Broker.Hosting.DataDirectories;

namespace Broker.Cli.Calls;

/// <summary>Where a call's token comes from: the command line, a file, or the key of an embedded node on this machine.</summary>
/// <param name="given">The token, <c>@FILE</c>, or null.</param>
/// <param name="dataDirectory">The embedded node's data directory.</param>
/// <param name="subject">Who a minted token names.</param>
/// <param name="time">The clock.</param>
internal sealed class TokenSource(string? given, string dataDirectory, string subject, TimeProvider time) : IDisposable
{
    /// <summary>A minted token lives just long enough for a call with its repetitions; each try gets one that is fresh.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly Dictionary<Access, (string Token, DateTimeOffset MintedAt)> _minted = [];
    private readonly Lock _lock = new();
    private EmbeddedIdentity? _identity;
    private string? _read;

    /// <summary>Whether the caller has a token of their own.</summary>
    public bool IsGiven => given is not null;

    /// <summary>Finds out, before anything is called, that there will be a token.</summary>
    /// <exception cref="CliException">There is none.</exception>
    /// <exception cref="IdentityException">The node's key cannot be used.</exception>
    public void Require(Uri address, Access access)
    {
        if (!IsGiven && !address.IsLoopback) throw Missing($"A token of this machine's key means nothing to {address.Host}.");
        For(access);
    }

    /// <summary>The token for a call.</summary>
    /// <exception cref="CliException">There is none.</exception>
    /// <exception cref="IdentityException">The node's key cannot be used.</exception>
    public string For(Access access)
    {
        lock (_lock) return given is null ? Minted(access) : _read ??= Read(given);
    }

    /// <inheritdoc/>
    public void Dispose() => _identity?.Dispose();

    private string Minted(Access access)
    {
        var now = time.GetUtcNow();
        if (_minted.TryGetValue(access, out var known) && now - known.MintedAt < Lifetime / 2) return known.Token;
        _identity ??= EmbeddedIdentity.OpenExisting(DataDirectory.IdentityDirectoryOf(dataDirectory), time)
            ?? throw Missing($"The data directory {dataDirectory} has no key that could mint one.");
        _minted[access] = (_identity.Mint(access.CallerNamed(subject), Lifetime), now);
        return _minted[access].Token;
    }

    private static string Read(string given)
    {
        if (given[0] != '@') return given.Trim();
        var token = File.ReadAllText(given[1..]).Trim();
        return token.Length > 0 ? token : throw new CliException(new CliError(ExitCode.DataError, "NO_TOKEN", $"The file {given[1..]} holds no token."));
    }

    private static CliException Missing(string why) => new(new CliError(ExitCode.Denied, "NO_TOKEN", $"There is no token for this call. {why}")
    {
        Advice = $"Give one with --token TOKEN, --token @FILE or ${GlobalOptions.TokenVariable}, or name an embedded node's directory with --data.",
    });
}
