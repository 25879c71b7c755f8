using Broker.Client;
using Broker.Faults.Rig;
using Broker.Gateway.Identity;
using Grpc.Core;

namespace Broker.Faults.Load;

/// <summary>Calls as somebody, at whichever gateway answers, and repeats a call under its id until it is answered: then its outcome is known.</summary>
internal sealed class Caller : IDisposable
{
    private static readonly TimeSpan AgainAfter = TimeSpan.FromMilliseconds(100);

    private readonly Book _book;

    /// <summary>A caller.</summary>
    /// <param name="identity">Mints its tokens.</param>
    /// <param name="who">Whom they name.</param>
    /// <param name="gateways">The gateways, the one to prefer first.</param>
    /// <param name="book">Where answers are counted.</param>
    public Caller(EmbeddedIdentity identity, VerifiedCaller who, IReadOnlyList<Uri> gateways, Book book)
    {
        _book = book;
        Connection = new BrokerConnection(new BrokerConnectionOptions
        {
            Address = gateways[0],
            Alternatives = [.. gateways.Skip(1)],
            Token = _ => ValueTask.FromResult(identity.Mint(who, TimeSpan.FromHours(1))),
            Retry = new RetryOptions { AttemptsMax = 1 },
            CallTimeout = TimeSpan.FromSeconds(15),
        });
    }

    /// <summary>The connection.</summary>
    public BrokerConnection Connection { get; }

    /// <summary>Calls until there is an answer.</summary>
    /// <exception cref="BrokerException">It was refused for good.</exception>
    public async Task<TResponse> CallAsync<TRequest, TResponse>(
        Func<TRequest, CallOptions, AsyncUnaryCall<TResponse>> method, TRequest request, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var response = await Connection.CallAsync(method, request, cancellationToken);
                _book.Answered();
                return response;
            }
            catch (BrokerException error) when (error.IsTransient)
            {
                if (error.IsOutcomeUnknown) _book.Unanswered();
                await Waiting.PassAsync(AgainAfter, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Connection.Dispose();
}
