using BenchmarkDotNet.Attributes;
using Broker.Benchmarks.Pulls;
using Broker.Benchmarks.States;
using Broker.Domain;
using Broker.Domain.Consents;
using Broker.Domain.Deals;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;

namespace Broker.Benchmarks.Parts;

/// <summary>A slice's reservation and its post, decided and applied, in a deal with three limits; the mean of the first 1,000 of a deal.</summary>
[MemoryDiagnoser, BenchmarkCategory(nameof(QuotaLedgerPart))]
public class QuotaLedgerPart
{
    private const int Slices = 1_000;

    private static readonly DateTimeOffset Now = GrownPartition.Start.AddDays(1);
    private static readonly ContractTerms Terms = new()
    {
        Scope = new Scope { Datasets = [GrownPartition.Dataset], Kinds = RecordKinds.Post, Purposes = Purposes.FoundationModelTraining },
        Price = new Price(PriceModel.PerRecord, 1, "USD"),
        Limits =
        [
            new QuotaLimit(QuotaDimension.Records, QuotaPeriod.Day, 1_000_000_000),
            new QuotaLimit(QuotaDimension.Bytes, QuotaPeriod.Month, 1_000_000_000_000),
            new QuotaLimit(QuotaDimension.Money, QuotaPeriod.Term, 1_000_000_000),
        ],
        TermStart = GrownPartition.Start,
        TermEnd = GrownPartition.Start.AddYears(5),
        TimeZone = "Europe/Dublin",
    };

    private static readonly Amounts First = Terms.AmountsOf(1, 330, 0);
    private static readonly Amounts Slice = Terms.AmountsOf(ReleasedRecords.SliceRecords, 330 * ReleasedRecords.SliceRecords, 0);

    private readonly string[] _ids = [.. Enumerable.Range(1, Slices).Select(slice => new ReservationId(1, 0, slice, slice, 1).ToString())];

    /// <summary>Reserves and posts.</summary>
    /// <returns>What is charged.</returns>
    [Benchmark(OperationsPerInvoke = Slices)]
    public Amounts ReserveAndPost()
    {
        var state = new DealState();
        Fold(state, DealRules.Propose(state, "reader", Terms, "ann", Now));
        Fold(state, DealRules.Approve(state, "bob", Now));
        foreach (var id in _ids)
        {
            Fold(state, DealRules.Reserve(state, id, 1, Slice, First, Now));
            Fold(state, DealRules.Post(state, id, Slice));
        }

        return state.Ledger.PostedTotal.Records == (long)Slices * Slice.Records ? state.Ledger.PostedTotal : throw new BooksException($"{state.Ledger.PostedTotal} is charged for {Slices} slices.");
    }

    private static void Fold(DealState state, Decision<DealEvent> decision)
    {
        if (decision.Refusal is { } refusal) throw new BooksException(refusal.Message);
        foreach (var fact in decision.Events) state.Apply(state.Position + 1, Now, fact);
    }
}
