using Microsoft.Extensions.DependencyInjection;

namespace Broker.Hosting.Clusters;

/// <summary>Puts Orleans' rebalancer into a silo.</summary>
/// <remarks>As its silo stops, the rebalancer hands itself over to another one; where there is none it looks for one all the same, and logs an
/// error. A lone silo's stop is no error: there it is not handed over, and begins anew at the next start.</remarks>
internal static class Rebalancing
{
    /// <summary>Registers it.</summary>
    /// <exception cref="InvalidOperationException">This Orleans registers it in another way.</exception>
    public static void AddRebalancer(this ISiloBuilder silo)
    {
        var services = silo.Services;
        var first = services.Count;
#pragma warning disable ORLEANSEXP002 // a move is a take-over, which every fault exercises
        silo.AddActivationRebalancer();
#pragma warning restore ORLEANSEXP002
        var wrapped = 0;
        for (var index = first; index < services.Count; index++)
        {
            if (services[index] is not { ServiceType: var type, ImplementationFactory: { } make } || type != typeof(ILifecycleParticipant<ISiloLifecycle>)) continue;
            services[index] = ServiceDescriptor.Singleton<ILifecycleParticipant<ISiloLifecycle>>(provider =>
                new Participant((ILifecycleParticipant<ISiloLifecycle>)make(provider), provider.GetRequiredService<ISiloStatusOracle>()));
            wrapped++;
        }

        if (wrapped != 1) throw new InvalidOperationException($"Orleans' rebalancer was expected to take part in the silo's life once, and does {wrapped} times.");
    }

    private sealed class Participant(ILifecycleParticipant<ISiloLifecycle> rebalancer, ISiloStatusOracle silos) : ILifecycleParticipant<ISiloLifecycle>
    {
        public void Participate(ISiloLifecycle lifecycle) => rebalancer.Participate(new Lifecycle(lifecycle, silos));
    }

    private sealed class Lifecycle(ISiloLifecycle lifecycle, ISiloStatusOracle silos) : ISiloLifecycle
    {
        public int HighestCompletedStage => lifecycle.HighestCompletedStage;

        public int LowestStoppedStage => lifecycle.LowestStoppedStage;

        public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer) => lifecycle.Subscribe(observerName, stage, new Observer(observer, silos));
    }

    private sealed class Observer(ILifecycleObserver rebalancer, ISiloStatusOracle silos) : ILifecycleObserver
    {
        private bool IsAnyOther => silos.GetApproximateSiloStatuses(onlyActive: true).Keys.Any(silo => !silo.Equals(silos.SiloAddress));

        public Task OnStart(CancellationToken cancellationToken = default) => rebalancer.OnStart(cancellationToken);

        public Task OnStop(CancellationToken cancellationToken = default) => IsAnyOther ? rebalancer.OnStop(cancellationToken) : Task.CompletedTask;
    }
}
