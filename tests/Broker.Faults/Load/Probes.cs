using Broker.Client;
using Broker.Faults.Rig;
using Broker.Gateway.Identity;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Google.Protobuf.WellKnownTypes;

namespace Broker.Faults.Load;

/// <summary>Calls that go on and on, to measure how long none is answered: reads of some users of every partition and of the deals, and withdrawals.</summary>
internal sealed class Probes : IAsyncDisposable
{
    private const int ProbedUsers = 12;
    private const int WithdrawingUsers = 6;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Probe> _probes = [];
    private readonly List<Caller> _callers = [];
    private readonly List<Task> _running = [];

    /// <summary>Starts them.</summary>
    public Probes(RigCluster cluster, World world)
    {
        var book = new Book(); // what is probed is no load
        Uri[] gateways = [.. cluster.Gateways.Select(gateway => gateway.Address)];
        var platform = new Caller(cluster.Identity, new VerifiedCaller { Subject = "probe", Roles = Roles.PlatformAdmin, Platform = TestCalls.PlatformId }, gateways, book);
        _callers.Add(platform);
        for (var user = 0; user < ProbedUsers; user++)
        {
            var request = new GetConsentRequest { User = $"{TestCalls.PlatformName}/users/{World.UserName(user)}" };
            Add(isWithdrawal: false, token => platform.Connection.CallAsync(platform.Connection.Consents.GetConsentAsync, request, token));
        }

        for (var user = 0; user < WithdrawingUsers; user++)
        {
            var name = $"{TestCalls.PlatformName}/users/prober-{user}";
            Add(isWithdrawal: true, token => platform.Connection.CallAsync(platform.Connection.Consents.SetConsentAsync, Withdrawal(name, platform.Connection.NewId()), token));
        }

        foreach (var deal in (string[])[world.Deals.Free, world.Deals.Limited, world.Deals.Stopping])
            Add(isWithdrawal: false, token => platform.Connection.CallAsync(platform.Connection.Deals.GetUsageAsync, new GetUsageRequest { Deal = deal }, token));
    }

    /// <summary>The longest that any of them had no answer, within a window of the machine's clock; one that has none since counts until now.</summary>
    public (TimeSpan Reads, TimeSpan Withdrawals) LongestGaps(long from, long to) =>
        (_probes.Where(probe => !probe.IsWithdrawal).Max(probe => probe.LongestGap(from, to)), _probes.Where(probe => probe.IsWithdrawal).Max(probe => probe.LongestGap(from, to)));

    /// <summary>Waits until each was answered since a moment.</summary>
    /// <exception cref="TimeoutException">One was not.</exception>
    public Task AllAnsweredSinceAsync(long moment, TimeSpan within, CancellationToken cancellationToken) =>
        Waiting.UntilAsync(() => _probes.All(probe => probe.Last > moment), within, "An answer to every probe", cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        foreach (var caller in _callers) caller.Dispose();
        _stop.Dispose();
    }

    // The first one counts; the others repeat it, and wait for whatever the first would wait for.
    private static SetConsentRequest Withdrawal(string user, string requestId) => new()
    {
        User = user,
        Decision = new ConsentDecision { Choice = ConsentChoice.Withdraw, MadeTime = TestCalls.Past.ToTimestamp(), Source = ConsentSource.SettingsImport },
        RequestId = requestId,
    };

    private void Add<T>(bool isWithdrawal, Func<CancellationToken, Task<T>> call)
    {
        var probe = new Probe(isWithdrawal);
        _probes.Add(probe);
        _running.Add(RunAsync(probe, call));
    }

    private async Task RunAsync<T>(Probe probe, Func<CancellationToken, Task<T>> call)
    {
        using var timer = new PeriodicTimer(Pace);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await call(_stop.Token);
                probe.Answered();
            }
            catch (BrokerException error) when (error.IsTransient)
            {
                // That is what is measured.
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }

            try
            {
                await timer.WaitForNextTickAsync(_stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private sealed class Probe(bool isWithdrawal)
    {
        private readonly List<long> _answers = [Ticks.Now];
        private readonly Lock _lock = new();

        public bool IsWithdrawal => isWithdrawal;

        public long Last
        {
            get
            {
                lock (_lock) return _answers[^1];
            }
        }

        public void Answered()
        {
            lock (_lock) _answers.Add(Ticks.Now);
        }

        public TimeSpan LongestGap(long from, long to)
        {
            lock (_lock)
            {
                var (longest, last) = (0L, 0L);
                foreach (var answer in _answers.Append(Math.Max(to, _answers[^1])))
                {
                    if (answer >= from && last > 0 && last <= to) longest = Math.Max(longest, Math.Min(answer, to) - last);
                    last = answer;
                }

                return TimeSpan.FromMicroseconds(longest / 1e3);
            }
        }
    }
}
