using Microsoft.IdentityModel.Protocols;

namespace Broker.Gateway.Identity.Issuers;

/// <summary>Fetches an issuer's documents: encrypted beyond loopback, without redirects, within a time and a size.</summary>
internal sealed class IssuerDocuments : IDocumentRetriever, IDisposable
{
    /// <summary>Largest document: an issuer of hundreds of keys stays below.</summary>
    private const int BytesMax = 1024 * 1024;

    private readonly HttpClient _http;
    private readonly HttpDocumentRetriever _documents;

    public IssuerDocuments(TimeSpan timeout)
    {
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        {
            Timeout = timeout,
            MaxResponseContentBufferSize = BytesMax,
        };
        // Which addresses are safe is decided here: the library knows no loopback.
        _documents = new HttpDocumentRetriever(_http) { RequireHttps = false };
    }

    /// <inheritdoc/>
    public Task<string> GetDocumentAsync(string address, CancellationToken cancel) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && OidcRules.IsSafe(uri)
            ? _documents.GetDocumentAsync(address, cancel)
            : throw new InvalidDataException($"The issuer's documents lead to '{address}', which is no https URL.");

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
