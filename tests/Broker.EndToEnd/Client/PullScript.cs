using Broker.Client.Pulls;
using Broker.Protos.V1;
using Google.Protobuf;
using Grpc.Core;
using Record = Broker.Protos.V1.Record;

namespace Broker.EndToEnd.Client;

/// <summary>What a scripted <c>Pull</c> writes.</summary>
internal sealed class PullScript(IServerStreamWriter<PullResponse> stream, ServerCallContext context)
{
    public const string DealName = "platforms/acme/deals/pact";
    public const string DatasetName = "platforms/acme/datasets/posts";

    /// <summary>A deadline that no test reaches.</summary>
    public const long Never = long.MaxValue;

    /// <summary>Done when the caller has hung up.</summary>
    public Task HungUp
    {
        get
        {
            var hungUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            context.CancellationToken.Register(hungUp.SetResult);
            return hungUp.Task;
        }
    }

    public Task HeaderAsync(params int[] partitions) =>
        stream.WriteAsync(new() { Header = new() { Deal = DealName, Partner = "partners/lab", ContractVersion = 1, PartitionCount = 16, Partitions = { partitions }, LeaseMs = 2_000 } });

    public Task BeginAsync(SliceId slice, int resend = 0, long deadline = Never, Amounts? amounts = null, byte[]? release = null) => stream.WriteAsync(new()
    {
        SliceBegin = new()
        {
            Partition = slice.Partition, Round = slice.Round, Slice = slice.Number, Resend = resend,
            ContractVersion = 1, Position = 100, Amounts = amounts ?? new(), DeadlineOffsetMs = deadline, Release = ByteString.CopyFrom(release ?? []),
        },
    });

    public Task BatchAsync(SliceId slice, IEnumerable<Record> records, long deadline = Never, string dataset = DatasetName) => stream.WriteAsync(new()
    {
        RecordBatch = new() { Partition = slice.Partition, Round = slice.Round, Slice = slice.Number, DeadlineOffsetMs = deadline, Dataset = dataset, Records = { records } },
    });

    public Task EndAsync(SliceId slice, ReadOnlySpan<byte> digest, long deadline = Never) => stream.WriteAsync(new()
    {
        SliceEnd = new() { Partition = slice.Partition, Round = slice.Round, Slice = slice.Number, DeadlineOffsetMs = deadline, Digest = ByteString.CopyFrom(digest) },
    });

    /// <summary>A whole slice of one batch.</summary>
    public async Task SliceAsync(SliceId slice, IReadOnlyList<Record> records, int resend = 0, byte[]? release = null)
    {
        await BeginAsync(slice, resend, amounts: AmountsOf(records), release: release);
        if (records.Count > 0) await BatchAsync(slice, records);
        await EndAsync(slice, DigestOf(records));
    }

    public async Task SummaryAsync(PullEndReason reason = PullEndReason.Finished)
    {
        await stream.WriteAsync(new() { Summary = new() { Reason = reason } });
    }

    /// <summary>Writes whatever the test likes.</summary>
    public Task WriteAsync(PullResponse message) => stream.WriteAsync(message);

    /// <summary>Breaks the stream as a dying process does.</summary>
    public void Break() => context.GetHttpContext().Abort();

    public static Record Post(string id, string text = "words") =>
        new() { Id = id, Author = "ann", Kind = RecordKind.Post, CreateTimeMs = 1_700_000_000_123, Text = text };

    /// <summary>The records of a slice: their ids name it.</summary>
    public static IReadOnlyList<Record> RecordsOf(SliceId slice, int count = 3) =>
        [.. Enumerable.Range(0, count).Select(index => Post($"{slice.Partition}.{slice.Round}.{slice.Number}.{index}"))];

    public static Amounts AmountsOf(IReadOnlyList<Record> records) => new() { RecordCount = records.Count, ByteCount = 100 * records.Count, MoneyMicros = 1_000 * records.Count };

    /// <summary>The digest by the rules' own implementation.</summary>
    public static byte[] DigestOf(IReadOnlyList<Record> records)
    {
        using var digest = new Domain.Releases.SliceDigest();
        foreach (var record in records) digest.Add(record.Id);
        return [.. digest.Finish()];
    }
}
