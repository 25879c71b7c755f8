using Broker.Domain.Platforms;
using Broker.Grains.Imports;
using CsCheck;

namespace Broker.Storage.Tests.Imports;

public sealed class ImportProperties
{
    private static readonly Gen<string> User = Gen.Int[0, 5].Select(number => $"user-{number}");

    private static readonly Gen<SourceRecord> AnyRecord = Gen.Select(
        Gen.Int[0, 9], User, Gen.OneOf(RecordKind.Post, RecordKind.Comment), Gen.Int[0, 1], Gen.OneOf("", "text", "another text ü"))
        .Select((id, user, kind, created, text) => new SourceRecord
        {
            Id = $"{id}",
            UserId = user,
            Kind = kind,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(created),
            Text = text,
        });

    private static readonly Gen<SourceItem> Item = Gen.Frequency(
        (6, AnyRecord.Select(SourceItem.Accept)),
        (2, Gen.Int[0, 9].Select(id => SourceItem.Refuse(ImportRefusal.Private, $"{id}"))),
        (1, Gen.Const(SourceItem.Refuse(ImportRefusal.NoId, null))));

    private static readonly Gen<SourceItem[]> Items = Item.Array[0, 14];

    private static readonly Gen<Step> AnyStep = Gen.Frequency(
        (6, Gen.Select(Items, Gen.Bool).Select((items, isComplete) => (Step)new Import(items, isComplete))),
        (1, User.Select(user => (Step)new Erase(user))),
        (2, Gen.Int[0, 9].Select(id => (Step)new Remove($"{id}"))));

    private static readonly Gen<Step> FaultyStep = Gen.Frequency(
        (4, Gen.Select(Items, Gen.Bool, Gen.Int[0, 5], Gen.Bool).Select((items, isComplete, at, isDurable) => (Step)new CrashingImport(items, isComplete, at, isDurable))),
        (2, Gen.Select(Items, Gen.Bool, Gen.Int[0, 5], User).Select((items, isComplete, at, user) => (Step)new ImportWithErasure(items, isComplete, at, user))),
        (1, AnyStep));

    private abstract record Step;

    private sealed record Import(SourceItem[] Items, bool IsComplete) : Step;

    private sealed record Erase(string User) : Step;

    /// <summary>A user has a record removed, where it is held.</summary>
    private sealed record Remove(string Id) : Step;

    /// <summary>Crashes at a commit, before it or after; then the same is imported again.</summary>
    private sealed record CrashingImport(SourceItem[] Items, bool IsComplete, int At, bool IsDurable) : Step;

    /// <summary>A user is erased between what was prepared and a commit.</summary>
    private sealed record ImportWithErasure(SourceItem[] Items, bool IsComplete, int At, string User) : Step;

    [Fact]
    public Task Any_sequence_of_imports_ends_in_the_same_live_records_as_a_dictionary_and_reports_the_same() =>
        Gen.Select(Gen.OneOf(1, 2, 8), AnyStep.Array[1, 8]).SampleAsync(async (partitionCount, steps) =>
        {
            using var world = new ImportWorld(partitionCount);
            var model = new ImportModel();
            foreach (var step in steps)
            {
                await TakeAsync(world, model, step);
                Assert.Equal(model.Live, world.Live);
            }
        }, iter: 80);

    [Fact]
    public Task A_crash_between_two_commits_is_completed_by_importing_again_and_an_erasure_between_them_holds() =>
        Gen.Select(Gen.OneOf(2, 8), FaultyStep.Array[1, 5]).SampleAsync(async (partitionCount, steps) =>
        {
            using var world = new ImportWorld(partitionCount);
            var model = new ImportModel();
            foreach (var step in steps)
            {
                await TakeAsync(world, model, step);
                Assert.Equal(model.Live, world.Live);
            }
        }, iter: 80);

    [Fact]
    public Task Importing_the_same_twice_adds_nothing() => Gen.Select(Items, Gen.Bool).SampleAsync(async (items, isComplete) =>
    {
        using var world = new ImportWorld();
        await world.ImportAsync(items, isComplete);
        var (live, files, commits) = (world.Live, world.Files, world.Partitions.Commits);
        var again = await world.ImportAsync(items, isComplete);
        Assert.Equal((0, 0, 0, 0), (again.Added, again.Replaced, again.Removed, again.NewUsers));
        Assert.Equal(live, world.Live);
        Assert.Equal(files, world.Files);
        Assert.Equal(commits, world.Partitions.Commits);
    }, iter: 60);

    private static async Task TakeAsync(ImportWorld world, ImportModel model, Step step)
    {
        switch (step)
        {
            case Import import:
                AssertSame(model.Import(import.Items, import.IsComplete), await world.ImportAsync(import.Items, import.IsComplete));
                break;
            case Erase erase:
                Erased(world, model, erase.User);
                break;
            case Remove remove when model.Live.ContainsKey(remove.Id):
                world.Partitions.Remove(remove.Id);
                model.Remove(remove.Id);
                break;
            case CrashingImport crashing:
                await CrashAsync(world, crashing);
                model.Import(crashing.Items, crashing.IsComplete);
                AssertAddsUp(crashing.Items.Length, await world.ImportAsync(crashing.Items, crashing.IsComplete));
                break;
            case ImportWithErasure erasing:
                var commits = 0;
                world.Partitions.BeforeCommit = (_, _) =>
                {
                    if (commits++ == erasing.At) world.Partitions.Erase(erasing.User);
                    return Task.CompletedTask;
                };
                AssertAddsUp(erasing.Items.Length, await world.ImportAsync(erasing.Items, erasing.IsComplete));
                world.Partitions.BeforeCommit = null;
                model.Import(erasing.Items, erasing.IsComplete);
                if (commits > erasing.At) model.Erase(erasing.User);
                break;
        }
    }

    private static void Erased(ImportWorld world, ImportModel model, string user)
    {
        world.Partitions.Erase(user);
        model.Erase(user);
    }

    private static async Task CrashAsync(ImportWorld world, CrashingImport crashing)
    {
        var commits = 0;
        world.Partitions.BeforeCommit = (_, _) => !crashing.IsDurable && commits++ == crashing.At ? throw new SimulatedCrashException() : Task.CompletedTask;
        world.Partitions.AfterCommit = (_, _) =>
        {
            if (crashing.IsDurable && commits++ == crashing.At) throw new SimulatedCrashException();
        };
        try
        {
            await world.ImportAsync(crashing.Items, crashing.IsComplete);
        }
        catch (SimulatedCrashException)
        {
            // What the first commits made durable stays; the rest is absent.
        }

        (world.Partitions.BeforeCommit, world.Partitions.AfterCommit) = (null, null);
    }

    private static void AssertSame(ImportReport expected, ImportReport report)
    {
        AssertAddsUp(expected.Read, report);
        Assert.Equal(
            (expected.Added, expected.Replaced, expected.Unchanged, expected.Removed, expected.NewUsers),
            (report.Added, report.Replaced, report.Unchanged, report.Removed, report.NewUsers));
        Assert.Equal(expected.Accepted.OrderBy(entry => entry.Key), report.Accepted.OrderBy(entry => entry.Key));
        Assert.Equal(expected.Refused.OrderBy(entry => entry.Key), report.Refused.OrderBy(entry => entry.Key));
    }

    private static void AssertAddsUp(long read, ImportReport report)
    {
        var accepted = report.Accepted.Values.Sum();
        Assert.Equal((read, read), (report.Read, accepted + report.Refused.Values.Sum()));
        Assert.Equal(accepted, report.Added + report.Replaced + report.Unchanged);
    }

    private sealed class SimulatedCrashException : Exception;
}
