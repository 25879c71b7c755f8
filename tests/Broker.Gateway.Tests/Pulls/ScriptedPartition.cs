using System.Collections.Concurrent;
using Broker.Domain;
using Broker.Grains.Partitions;
using Broker.Grains.Pulls;

namespace Broker.Gateway.Tests.Pulls;

/// <summary>A partition that answers what the test says, and remembers what it was told. After the script it answers as a partition
/// does: pending while something is held, then finished.</summary>
internal sealed partial class ScriptedPartition(int index) : IPartitionGrain
{
    private readonly ConcurrentQueue<Func<Task<SliceAnswer>>> _answers = new();
    private readonly ConcurrentDictionary<SliceName, byte> _held = new();

    public int Index => index;

    public static TimeSpan Lease { get; } = TimeSpan.FromSeconds(2);

    public Refusal? AttachRefusal { get; set; }

    public List<SliceName> Unconfirmed { get; } = [];

    public IPullObserver? Observer { get; private set; }

    public string? StreamId { get; private set; }

    /// <summary>What a resend is answered.</summary>
    public Func<SliceName, SliceAnswer>? OnResend { get; set; }

    /// <summary>What is renewed of what is asked for; everything by default.</summary>
    public Func<IReadOnlyList<SliceName>, IReadOnlyList<SliceName>> OnRenew { get; set; } = slices => slices;

    /// <summary>Called when slices are settled; may throw.</summary>
    public Action<IReadOnlyList<SentSlice>>? OnSettle { get; set; }

    public ConcurrentQueue<NextSliceRequest> Asked { get; } = new();

    public ConcurrentQueue<SliceName> Resent { get; } = new();

    public ConcurrentQueue<SentSlice> Settled { get; } = new();

    public ConcurrentQueue<(int Round, IReadOnlyList<int> Numbers)> Confirmed { get; } = new();

    /// <summary>Slices (round, number) that the deal has.</summary>
    public HashSet<SliceName> Known { get; } = [];

    /// <summary>What a stream that follows is answered; by default that there is more while there is script.</summary>
    public Func<Task<FollowAnswer>>? OnFollow { get; set; }

    public Reached Follows { get; } = new();

    public Reached Asks { get; } = new();

    public Reached Renewals { get; } = new();

    public Reached Settlements { get; } = new();

    public ScriptedPartition Then(params IEnumerable<SliceGrant> grants)
    {
        foreach (var grant in grants) Then(Task.FromResult(SliceAnswer.Of(grant)));
        return this;
    }

    public ScriptedPartition Then(RefusalReason reason, string? limit = null) => Then(Task.FromResult(SliceAnswer.Of(new Refusal(reason, "As the script says.", null, limit)) with { Progress = new RoundProgress(1, 7) }));

    public ScriptedPartition Then(Task<SliceAnswer> answer) => Then(() => answer);

    public ScriptedPartition Then(Func<Task<SliceAnswer>> answer)
    {
        _answers.Enqueue(answer);
        return this;
    }

    /// <summary>Revokes a slice, as a withdrawal does.</summary>
    public void Revoke(SliceGrant grant) => Observer!.Revoked(index, grant.Slice);

    /// <summary>Whether every slice that was granted is settled.</summary>
    public bool HoldsNothing => _held.IsEmpty;

    /// <summary>What was said of a slice.</summary>
    public SentSlice OutcomeOf(SliceGrant grant) => Assert.Single(Settled, sent => sent.Slice == grant.Slice);

    /// <summary>The last entry of its log.</summary>
    public long Position { get; set; } = 100;

    public Task<PartitionStatus> GetStatusAsync() => Task.FromResult(new PartitionStatus("acme", index, 1, 1, Position, 0, 0, 0, 0));

    public Task<PullAttachment> AttachAsync(string deal, string streamId, IPullObserver observer)
    {
        (StreamId, Observer) = (streamId, observer);
        return Task.FromResult(new PullAttachment(AttachRefusal, [.. Unconfirmed]));
    }

    public Task<FollowAnswer> FollowAsync(string deal, string streamId, Domain.Releases.PullFilter? filter)
    {
        Assert.Equal(("pact", StreamId), (deal, streamId));
        Assert.True(HoldsNothing, "It asks for more while it holds something.");
        var answer = OnFollow?.Invoke() ?? Task.FromResult(new FollowAnswer(null, !_answers.IsEmpty));
        Follows.Add();
        return answer;
    }

    public async Task<SliceAnswer> NextSliceAsync(NextSliceRequest request)
    {
        Assert.Equal(("pact", StreamId), (request.Deal, request.StreamId));
        Asked.Enqueue(request);
        Asks.Add();
        if (!_answers.TryDequeue(out var next)) return _held.IsEmpty ? SliceAnswer.FinishedAt(new RoundProgress(1, 7)) : SliceAnswer.Pending;
        return Hold(await next());
    }

    public Task<SliceAnswer> ResendSliceAsync(string deal, string streamId, int round, int number)
    {
        Assert.Equal(StreamId, streamId);
        var slice = new SliceName(round, number);
        Resent.Enqueue(slice);
        return Task.FromResult(Hold(OnResend!(slice)));
    }

    public Task<LeaseRenewal> RenewLeasesAsync(string deal, string streamId, IReadOnlyList<SliceName> slices)
    {
        Renewals.Add();
        return Task.FromResult(new LeaseRenewal(OnRenew(slices), Lease));
    }

    public Task SettleSentAsync(string deal, string streamId, IReadOnlyList<SentSlice> slices)
    {
        OnSettle?.Invoke(slices);
        foreach (var sent in slices)
        {
            Assert.True(_held.TryRemove(sent.Slice, out _), $"{sent} was settled, and is not held.");
            Settled.Enqueue(sent);
        }

        Settlements.Add(slices.Count);
        return Task.CompletedTask;
    }

    public Task<Refusal?> CheckSlicesAsync(string deal, int round, IReadOnlyList<int> numbers) => Task.FromResult(
        numbers.All(number => Known.Contains(new SliceName(round, number))) ? null : new Refusal(RefusalReason.NotFound, "There is no such slice.", "slices"));

    public Task<Refusal?> ConfirmSlicesAsync(string deal, int round, IReadOnlyList<int> numbers)
    {
        Confirmed.Enqueue((round, numbers));
        return Task.FromResult<Refusal?>(null);
    }

    public Task<int[]> ConfirmReleasesAsync(string deal, int round, IReadOnlyList<int> numbers, IReadOnlyList<byte[]> releases)
    {
        Assert.Equal(numbers.Count, releases.Count);
        var held = numbers.Zip(releases).Where(slice => Known.Contains(new SliceName(round, slice.First)) && (slice.Second.Length == 0 || slice.Second[0] == slice.First)).Select(slice => slice.First).ToList();
        Confirmed.Enqueue((round, held));
        return Task.FromResult(numbers.Except(held).ToArray());
    }

    private SliceAnswer Hold(SliceAnswer answer)
    {
        if (answer.Grant is { } grant) _held[grant.Slice] = 0;
        return answer;
    }
}
