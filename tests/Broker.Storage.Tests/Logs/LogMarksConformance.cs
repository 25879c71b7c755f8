using System.Security.Cryptography;
using Broker.Grains.Logs;
using Broker.Storage.Logs;
using Broker.Storage.Objects;
using Broker.Storage.Tests.Objects;
using CsCheck;

namespace Broker.Storage.Tests.Logs;

/// <summary>Marks over an object store.</summary>
public abstract class LogMarksConformance
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly LogName Log = new("platforms/x/deals/d");

    internal abstract IObjectStore Open();

    [SkippableFact]
    public async Task A_log_without_a_mark_has_none_though_others_have()
    {
        var marks = new ObjectLogMarks(Open());
        await marks.RaiseAsync(new LogName("platforms/x/deals/d-2"), Mark(9), None);
        await marks.RaiseAsync(new LogName("platforms/x/deals/d/deeper"), Mark(9), None);
        Assert.Null(await marks.LoadAsync(Log, None));
    }

    [SkippableFact]
    public async Task A_mark_is_raised_and_never_lowered_until_it_is_reset()
    {
        var objects = Open();
        var marks = new ObjectLogMarks(objects);
        foreach (var (raised, expected) in new[] { (0L, 0L), (5, 5), (3, 5), (5, 5), (1_000_000_000_000, 1_000_000_000_000), (6, 1_000_000_000_000) })
        {
            await marks.RaiseAsync(Log, Mark(raised), None);
            AssertIs(Mark(expected), await marks.LoadAsync(Log, None));
        }

        await marks.ResetAsync(Log, Mark(6), None);
        AssertIs(Mark(6), await marks.LoadAsync(Log, None));
        await marks.ResetAsync(Log, Mark(6), None);
        AssertIs(Mark(6), await marks.LoadAsync(Log, None));
        await marks.RaiseAsync(Log, Mark(7), None);
        AssertIs(Mark(7), await marks.LoadAsync(Log, None));
        Assert.Single(await ObjectStoreConformance.KeysAsync(objects, ""));
    }

    [SkippableFact]
    public async Task Whatever_several_processes_raise_at_once_the_highest_that_was_acknowledged_stands_at_every_moment()
    {
        var objects = Open();
        await Gen.Int[1, 40].Array[1, 8].Array[2, 4].SampleAsync(async processes =>
        {
            var log = new LogName($"platforms/x/deals/{Guid.NewGuid():N}");
            long acknowledged = 0;
            await Task.WhenAll(processes.Select(raises => Task.Run(async () =>
            {
                var marks = new ObjectLogMarks(objects);
                foreach (var position in raises)
                {
                    await marks.RaiseAsync(log, Mark(position), None);
                    InterlockedMax(ref acknowledged, position);
                    var before = Interlocked.Read(ref acknowledged);
                    Assert.True((await marks.LoadAsync(log, None))!.Position >= before);
                }
            })));
            AssertIs(Mark(processes.Max(raises => raises.Max())), await new ObjectLogMarks(objects).LoadAsync(log, None));
        }, iter: 12, threads: 1);
    }

    [SkippableFact]
    public async Task What_is_no_mark_is_an_error_and_never_taken_for_none()
    {
        var objects = Open();
        await objects.PutAsync(new ObjectKey(Log.Value + "/notes.txt"), [1], PutMode.Replace, None);
        await Assert.ThrowsAsync<IOException>(() => new ObjectLogMarks(objects).LoadAsync(Log, None));
    }

    [SkippableFact]
    public async Task Names_and_marks_that_are_none_are_refused()
    {
        var marks = new ObjectLogMarks(Open());
        await Assert.ThrowsAsync<ArgumentException>(() => marks.LoadAsync(new LogName("../x"), None));
        await Assert.ThrowsAsync<ArgumentException>(() => marks.RaiseAsync(Log, Mark(1) with { Hash = new byte[3] }, None));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => marks.RaiseAsync(Log, Mark(1) with { Position = -1 }, None));
    }

    private static LogMark Mark(long position) => new(position, position / 3 + 1, SHA256.HashData(BitConverter.GetBytes(position)), $"7123456789/{position}");

    private static void AssertIs(LogMark expected, LogMark? actual)
    {
        Assert.Equal((expected.Position, expected.Fence, expected.Store), (actual!.Position, actual.Fence, actual.Store));
        Assert.Equal(expected.Hash.ToArray(), actual.Hash.ToArray());
    }

    private static void InterlockedMax(ref long target, long value)
    {
        long seen;
        while ((seen = Interlocked.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
