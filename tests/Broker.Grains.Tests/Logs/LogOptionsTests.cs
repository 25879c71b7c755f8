using Broker.Grains.Logs;

namespace Broker.Grains.Tests.Logs;

public sealed class LogOptionsTests
{
    [Fact]
    public void The_defaults_are_in_their_ranges() => new LogOptions().Validate();

    public static TheoryData<string, long> OutOfRange => new()
    {
        { nameof(LogOptions.QueueEventsMax), 0 },
        { nameof(LogOptions.QueueEventsMax), 1_000_001 },
        { nameof(LogOptions.QueueBytesMax), (1 << 20) - 1 },
        { nameof(LogOptions.QueueChecksMax), 0 },
        { nameof(LogOptions.QueueChecksMax), 1_000_001 },
        { nameof(LogOptions.BatchEventsMax), 0 },
        { nameof(LogOptions.BatchEventsMax), 100_001 },
        { nameof(LogOptions.BatchBytesMax), 1023 },
        { nameof(LogOptions.BatchBytesMax), (1L << 30) + 1 },
        { nameof(LogOptions.SnapshotEveryEntries), 0 },
        { nameof(LogOptions.RequestIdsKept), -1 },
        { nameof(LogOptions.RequestIdsKept), 10_000_001 },
    };

    [Theory, MemberData(nameof(OutOfRange))]
    public void An_option_out_of_its_range_is_refused_by_name(string option, long value)
    {
        var options = new LogOptions();
        var property = typeof(LogOptions).GetProperty(option)!;
        property.SetValue(options, Convert.ChangeType(value, property.PropertyType));

        Assert.Equal(option, Assert.Throws<ArgumentOutOfRangeException>(options.Validate).ParamName);
    }
}
