using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Broker.Hosting.Clusters;

/// <summary>Watches the membership for a gateway that is no silo: says when a silo was declared dead by others.</summary>
/// <param name="database">The cluster's database.</param>
/// <param name="clusterId">The cluster.</param>
/// <param name="calls">How often, and how long a call may go on after a death.</param>
/// <param name="time">The monotonic clock.</param>
/// <param name="logger">The log.</param>
internal sealed partial class SiloWatch(NpgsqlDataSource database, string clusterId, CallOptions calls, TimeProvider time, ILogger<SiloWatch> logger) : BackgroundService
{
    private const int StatusDead = 6; // Orleans.Runtime.SiloStatus.Dead

    private readonly HashSet<string> _dead = new(StringComparer.Ordinal);
    private volatile TaskCompletionSource _death = New();

    /// <summary>Done when a silo that may have had a call begun before now is known to be dead, and the grace has passed.</summary>
    public Task NextDeath => _death.Task;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(calls.SiloWatchPeriod, time);
        var isFirst = true;
        try
        {
            do
            {
                if (await TryReadAsync(stoppingToken) is not { } dead) continue;
                var known = _dead.Count;
                _dead.UnionWith(dead);
                if (_dead.Count > known && !isFirst) Announce(stoppingToken);
                isFirst = false;
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    private void Announce(CancellationToken cancellationToken)
    {
        SiloDied(logger);
        var death = Interlocked.Exchange(ref _death!, New());
        _ = ReleaseAsync(death, cancellationToken);
    }

    private async Task ReleaseAsync(TaskCompletionSource death, CancellationToken cancellationToken)
    {
        await Task.Delay(calls.DeadSiloGrace, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        death.TrySetResult();
    }

    private async Task<List<string>?> TryReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var command = database.CreateCommand("SELECT address, port, generation, suspecttimes FROM orleansmembershiptable WHERE deploymentid = $1 AND status = $2");
            command.Parameters.Add(new() { Value = clusterId });
            command.Parameters.Add(new() { Value = StatusDead });
            await using var rows = await command.ExecuteReaderAsync(cancellationToken);
            var dead = new List<string>();
            while (await rows.ReadAsync(cancellationToken))
            {
                var silo = string.Create(CultureInfo.InvariantCulture, $"{rows.GetString(0)}:{rows.GetInt32(1)}@{rows.GetInt32(2)}");
                if (!HasLeft(silo, rows.IsDBNull(3) ? "" : rows.GetString(3))) dead.Add(silo);
            }

            return dead;
        }
        catch (NpgsqlException failure)
        {
            // Without the database nothing is decided either; the next look finds what changed meanwhile.
            NotRead(logger, failure.Message);
            return null;
        }
    }

    /// <summary>Whether a silo declared itself dead: it left in order, and has answered or handed over whatever it was asked.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="accusers">Who declared it dead, as the membership keeps it: <c>silo,time</c>, with bars between.</param>
    internal static bool HasLeft(string silo, string accusers) =>
        accusers.Length > 0 && accusers.Split('|').All(accuser => accuser.Split(',')[0] == silo);

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(EventId = 4101, Level = LogLevel.Warning, Message = "A silo was declared dead: calls that were under way and are not answered now are of unknown outcome.")]
    private static partial void SiloDied(ILogger logger);

    [LoggerMessage(EventId = 4102, Level = LogLevel.Warning, Message = "The membership could not be read: {Reason}")]
    private static partial void NotRead(ILogger logger, string reason);
}
