using Broker.Protos.V1;
using Grpc.Core;

namespace Broker.Gateway.Tests.Pulls;

/// <summary>A stream that follows, read as far as a test wants.</summary>
internal sealed class FollowedPull(PullWorld world) : IDisposable
{
    private readonly CancellationTokenSource _hangUp = new();
    private AsyncServerStreamingCall<PullResponse>? _call;

    public PulledMessages Read { get; } = new();

    /// <summary>Opens it.</summary>
    public static FollowedPull Open(PullWorld world)
    {
        var pull = new FollowedPull(world);
        pull._call = world.Open(new PullRequest { Deal = PullWorld.DealName, Follow = true }, pull._hangUp.Token);
        return pull;
    }

    /// <summary>Opens it and reads until it says that it has caught up.</summary>
    public static async Task<FollowedPull> CaughtUpAsync(PullWorld world)
    {
        var pull = Open(world);
        await pull.UntilCaughtUpAsync();
        return pull;
    }

    /// <summary>Reads until it says that it has caught up.</summary>
    public async Task<PullHeartbeat> UntilCaughtUpAsync()
    {
        PullHeartbeat heartbeat;
        while (!(heartbeat = await UntilHeartbeatAsync()).IsCaughtUp) { }
        return heartbeat;
    }

    /// <summary>Reads until its next heartbeat.</summary>
    public async Task<PullHeartbeat> UntilHeartbeatAsync()
    {
        while (true)
        {
            Assert.True(await _call!.ResponseStream.MoveNext(CancellationToken.None), "The stream came to its end.");
            Read.All.Add(_call.ResponseStream.Current);
            if (_call.ResponseStream.Current.Heartbeat is { } heartbeat) return heartbeat;
        }
    }

    /// <summary>Reads to its end, whichever it is.</summary>
    public async Task<PulledMessages> ToEndAsync()
    {
        var rest = await PulledMessages.ReadAsync(_call!);
        rest.All.InsertRange(0, Read.All);
        await world.EndedAsync();
        return rest;
    }

    public Task HangUpAsync() => _hangUp.CancelAsync();

    public void Dispose()
    {
        _call?.Dispose();
        _hangUp.Dispose();
    }
}
