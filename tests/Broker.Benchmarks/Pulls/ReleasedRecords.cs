using System.Globalization;
using Broker.Benchmarks.Nodes;
using Broker.Gateway.Identity;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Google.Protobuf.WellKnownTypes;
using Record = Broker.Protos.V1.Record;

namespace Broker.Benchmarks.Pulls;

/// <summary>What every pull of these benchmarks pulls: one dataset of a node, of which nine users in ten have granted and one in ten has withdrawn.</summary>
internal sealed class ReleasedRecords
{
    /// <summary>Records that rivals are compared with, about 330 bytes each as they are sent.</summary>
    public const int Count = 1_200_000;

    /// <summary>Most records of a slice.</summary>
    public const int SliceRecords = 16_384;

    /// <summary>Who pulls.</summary>
    public const string Partner = "reader";

    private const int Users = 6_000;
    private const int RowsOfBatch = 1_000;

    private int _deals;
    private long _received;

    private ReleasedRecords(BenchNode node) => Node = node;

    /// <summary>The node that holds them.</summary>
    public BenchNode Node { get; }

    /// <summary>Imports them and takes in what users decided.</summary>
    /// <param name="node">The node.</param>
    /// <param name="records">How many, all users' together.</param>
    /// <param name="users">How many users.</param>
    public static async Task<ReleasedRecords> PrepareAsync(BenchNode node, int records = Count, int users = Users)
    {
        await node.Calls.ImportAsync(All(records, users));
        using var call = node.Calls.Consents.ImportConsents(node.Calls.AsPlatform(Roles.PlatformAdmin));
        await call.RequestStream.WriteAsync(new() { Header = new ImportConsentsHeader { Platform = TestCalls.PlatformName, RequestId = TestCalls.NewId(), SnapshotTime = TestCalls.Past.ToTimestamp() } });
        foreach (var batch in Decisions(users).Chunk(RowsOfBatch)) await call.RequestStream.WriteAsync(new() { Batch = new ConsentRowBatch { Rows = { batch.Select(RowOf) } } });
        await call.RequestStream.WriteAsync(new() { End = new ImportConsentsEnd { RowCount = users } });
        await call.RequestStream.CompleteAsync();
        var report = await call;
        return report.AcceptedCount == users ? new ReleasedRecords(node) : throw new BooksException($"{report.AcceptedCount} decisions of {users} were taken in.");
    }

    /// <summary>A deal under which nothing has been pulled.</summary>
    public Task<string> NewDealAsync() => Node.Calls.AddDealAsync(Partner, string.Create(CultureInfo.InvariantCulture, $"pull-{++_deals}"));

    /// <summary>Confirms what came of a deal, and compares the books: what was charged is what came, and all of it is confirmed.</summary>
    /// <param name="deal">The deal.</param>
    /// <param name="slices">The slices that came whole.</param>
    /// <param name="records">Records that came.</param>
    /// <returns>Bytes that were charged.</returns>
    /// <exception cref="BooksException">They differ.</exception>
    public async Task<long> SettleAsync(string deal, IEnumerable<SliceRange> slices, long records)
    {
        await Node.Calls.ConfirmAsync(deal, Partner, slices);
        var usage = await Node.Calls.UsageAsync(deal, Partner);
        if (usage.Posted.RecordCount != records || usage.UncertainRecordCount != 0)
            throw new BooksException($"{deal}: {usage.Posted.RecordCount} records are charged and {usage.UncertainRecordCount} uncertain; {records} came.");
        _received += records;
        return usage.Posted.ByteCount;
    }

    /// <summary>Lets the auditor replay every log: each promise holds, and what stands in the lineage, what is charged and what clients counted is the same, to the record.</summary>
    /// <exception cref="BooksException">It does not.</exception>
    public async Task AuditAsync(CancellationToken cancellationToken)
    {
        var totals = (await Node.AuditAsync(cancellationToken)).GetProperty("totals");
        var (posted, credited, released) = (Of("posted_records"), Of("credited_records"), Of("released_records"));
        if (posted - credited != _received || released != posted)
            throw new BooksException($"{posted} records are charged, {credited} credited and {released} in the lineage; clients counted {_received}.");

        long Of(string name) => long.Parse(totals.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);
    }

    /// <summary>The users whose records are in the dataset, and whether these are released.</summary>
    public static IEnumerable<(string User, bool IsReleased)> Decisions(int users = Users) => Enumerable.Range(0, users).Select(user => (UserOf(user), IsReleased(user)));

    /// <summary>The records.</summary>
    public static IEnumerable<Record> All(int records = Count, int users = Users) => Enumerable.Range(0, records).Select(number => RecordOf(number, users));

    private static ConsentRow RowOf((string User, bool IsReleased) decision) => new()
    {
        UserId = decision.User,
        Decision = new ConsentDecision
        {
            Purposes = { Purpose.FoundationModelTraining },
            Kinds = { RecordKind.Post, RecordKind.Comment },
            Choice = decision.IsReleased ? ConsentChoice.Grant : ConsentChoice.Withdraw,
            MadeTime = TestCalls.Past.ToTimestamp(),
            Source = ConsentSource.SettingsImport,
        },
    };

    private static bool IsReleased(int user) => user % 10 != 0;

    private static string UserOf(int user) => string.Create(CultureInfo.InvariantCulture, $"author-{user}");

    private static Record RecordOf(int number, int users) => TestCalls.Post(
        string.Create(CultureInfo.InvariantCulture, $"r{number:D9}"), UserOf(number % users), new string((char)('a' + (number % 26)), 300));
}
