using BenchmarkDotNet.Attributes;
using Broker.Benchmarks.Pulls;
using Broker.Domain.Releases;

namespace Broker.Benchmarks.Parts;

/// <summary>A slice of 16,384 records selected out of 19,200 of 2,400 users, every tenth of whom has withdrawn.</summary>
[MemoryDiagnoser, BenchmarkCategory(nameof(SliceSelectorPart))]
public class SliceSelectorPart
{
    private DecidedPosts? _posts;

    /// <summary>Folds the partition.</summary>
    [GlobalSetup]
    public void Fold()
    {
        _posts = new DecidedPosts();
        var selected = Select();
        if (selected.Amounts.Records != ReleasedRecords.SliceRecords) throw new BooksException($"{selected.Amounts.Records} records are selected, not {ReleasedRecords.SliceRecords}.");
        if (selected.Runs.Any(run => Enumerable.Range(run.From, run.Count).Any(row => run.Segment.Rows.UserAt(row) % 10 == 0))) throw new BooksException("A record of a user who withdrew is selected.");
    }

    /// <summary>The slice's rows; one operation is one slice.</summary>
    [Benchmark]
    public SliceSelection Select() => _posts!.Select();

    /// <summary>Lets the segment go.</summary>
    [GlobalCleanup]
    public void Close() => _posts!.Dispose();
}
