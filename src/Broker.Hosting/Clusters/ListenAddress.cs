using System.Net;

namespace Broker.Hosting.Clusters;

/// <summary>Parses <c>ADDRESS:PORT</c>.</summary>
internal static class ListenAddress
{
    /// <exception cref="NodeStartException">It is none.</exception>
    public static IPEndPoint Parse(string text, string name) =>
        IPEndPoint.TryParse(text, out var endpoint) && text.LastIndexOf(':') > text.LastIndexOf(']')
            ? endpoint
            : throw new NodeStartException($"{name} is '{text}', which is no ADDRESS:PORT such as 127.0.0.1:5270 or [::1]:5270.");

    /// <exception cref="NodeStartException">It is none.</exception>
    public static IPAddress ParseAddress(string text, string name) =>
        IPAddress.TryParse(text, out var address)
            ? address
            : throw new NodeStartException($"{name} is '{text}', which is no IP address.");
}
