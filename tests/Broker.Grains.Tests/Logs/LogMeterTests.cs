using Broker.Grains.Logs;
using Broker.TestKit.Telemetry;

namespace Broker.Grains.Tests.Logs;

public sealed class LogMeterTests : IDisposable
{
    private readonly LogUnderTest _log = new();
    private readonly Measurements _measured;

    public LogMeterTests() => _measured = new Measurements(_log.Meter.Meter);

    public void Dispose()
    {
        _measured.Dispose();
        _log.Meter.Dispose();
    }

    [Fact]
    public void An_append_is_measured_when_the_store_has_answered_with_its_events_and_how_long_it_took()
    {
        var machine = _log.Activate();
        _ = _log.Write(machine, 1, 2, 3);
        _log.Time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Empty(_measured.Of("broker.log.append.events", "{event}"));

        _log.LetGo();
        _ = _log.Read(machine, Settle.CheckFence);
        _log.Time.Advance(TimeSpan.FromMilliseconds(5));
        _log.LetGo();

        Assert.Equal([(3, ""), (0, "")], _measured.Of("broker.log.append.events", "{event}"));
        Assert.Equal([(0.25, ""), (0.005, "")], _measured.Of("broker.log.append.duration", "s"));
    }

    [Fact]
    public void An_append_that_failed_is_not_measured()
    {
        var machine = _log.Activate();
        _ = _log.Write(machine, 1);
        _log.Fail(new IOException("the disk is full"));
        Assert.Empty(_measured.Of("broker.log.append.events", "{event}"));
        Assert.Empty(_measured.Of("broker.log.append.duration", "s"));
    }

    [Fact]
    public void Each_activation_counts_as_a_take_over_and_one_that_finds_itself_fenced_as_that()
    {
        var stale = _log.Activate();
        _log.Activate();
        Assert.Empty(_measured.Of("broker.log.fenced", "{activation}"));

        _ = _log.Write(stale, 1);
        _log.LetGo();

        Assert.Equal([(1, ""), (1, "")], _measured.Of("broker.log.takeovers", "{activation}"));
        Assert.Equal([(1, "")], _measured.Of("broker.log.fenced", "{activation}"));
    }
}
