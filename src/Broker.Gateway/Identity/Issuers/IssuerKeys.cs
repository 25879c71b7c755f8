using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Broker.Gateway.Identity.Issuers;

/// <summary>An issuer's keys: read by discovery, kept, read again when they are old or lack one; by one reader at a time, and not often.</summary>
/// <remarks>The library's <c>ConfigurationManager</c> reads again in the background and by the machine's clock: the first tokens of a new key would be
/// refused. Documents and their parsing are the library's.</remarks>
internal sealed class IssuerKeys(OidcOptions options, IDocumentRetriever documents, TimeProvider time, ILogger logger)
{
    private const int RsaBitsMin = 2048;

    private readonly Lock _lock = new();
    private readonly string _address = $"{options.Issuer.TrimEnd('/')}/.well-known/openid-configuration";
    private Task? _reading;
    private long? _triedAt;
    private volatile KeySet? _known;
    private volatile Exception? _failure;

    /// <summary>The keys, not older than they may be.</summary>
    /// <exception cref="IssuerUnreachableException">There are none.</exception>
    public async ValueTask<KeySet> CurrentAsync()
    {
        if (_known is not { } known || AgeOf(known) > options.KeysAgeMax)
        {
            if (Read().Reading is { } reading) await reading;
        }
        else if (AgeOf(known) >= options.RefreshInterval && Read() is { IsBegun: true, Reading: { } begun })
        {
            // One call waits for the new keys; the others go on with those that are known.
            await begun;
        }

        return _known is { } usable && AgeOf(usable) <= options.KeysAgeMax ? usable : throw Unreachable();
    }

    /// <summary>The keys, read again unless that was just done; for a token whose key is not among those seen.</summary>
    /// <exception cref="IssuerUnreachableException">They could not be read.</exception>
    public async ValueTask<KeySet> NewerAsync(KeySet seen)
    {
        if (_known == seen && Read().Reading is { } reading) await reading;
        return _failure is null && _known is { } known ? known : throw Unreachable();
    }

    private TimeSpan AgeOf(KeySet keys) => time.GetElapsedTime(keys.ReadAt);

    private IssuerUnreachableException Unreachable() => new(options.RefreshPause, _failure);

    /// <summary>Joins a reading or begins one; null where the last one was just now.</summary>
    private (Task? Reading, bool IsBegun) Read()
    {
        lock (_lock)
        {
            if (_reading is { IsCompleted: false }) return (_reading, false);
            if (_triedAt is { } tried && time.GetElapsedTime(tried) < options.RefreshPause) return (null, false);
            _triedAt = time.GetTimestamp();
            return (_reading = ReadAsync(), true);
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            var found = await OpenIdConnectConfigurationRetriever.GetAsync(_address, documents, CancellationToken.None);
            if (found.Issuer != options.Issuer) throw new InvalidDataException($"{_address} calls itself '{found.Issuer}'. Issuer has to be the same, letter by letter.");
            var keys = found.SigningKeys.Where(IsUsable).ToList();
            if (keys.Count == 0) throw new InvalidDataException($"{_address} leads to no RSA key of {RsaBitsMin} bits or more and no elliptic curve's that has an id.");
            _known = new KeySet(keys, new VerifiedTokens(time, options.ClockSkew), time.GetTimestamp());
            _failure = null;
            OidcLog.KeysRead(logger, options.Issuer, keys.Count);
        }
        catch (Exception failure)
        {
            // Whatever it is, callers are told that the keys could not be read, and the reason is here.
            _failure = failure;
            OidcLog.KeysNotRead(logger, options.Issuer, failure);
        }
    }

    private static bool IsUsable(SecurityKey key) => key.KeyId is { Length: > 0 } && key switch
    {
        RsaSecurityKey or X509SecurityKey { PublicKey: System.Security.Cryptography.RSA } => key.KeySize >= RsaBitsMin,
        ECDsaSecurityKey or X509SecurityKey { PublicKey: System.Security.Cryptography.ECDsa } => true,
        _ => false,
    };
}
