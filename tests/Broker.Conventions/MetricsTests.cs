using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Broker.Conventions;

/// <summary>docs/metrics.md names every instrument that there is, with its unit and tags, and no other.</summary>
public sealed partial class MetricsTests
{
    private static readonly Assembly[] Assemblies =
    [
        typeof(Domain.RefusalReason).Assembly, typeof(Grains.GrainMeter).Assembly, typeof(Storage.Imports.ImportOptions).Assembly, typeof(Gateway.GatewayOptions).Assembly, typeof(Hosting.NodeOptions).Assembly,
    ];

    private static readonly Type[] Owners = [.. Assemblies
        .SelectMany(assembly => assembly.GetTypes())
        .Where(type => type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Any(property => property.PropertyType == typeof(Meter)))];

    [Fact]
    public void Every_meter_belongs_to_a_type_that_shows_it_to_tests() =>
        Assert.Equal(Owners.Length, Repository.SourcesOf("src").Sum(path => MeterMade().Count(File.ReadAllText(path))));

    [Fact]
    public void The_page_of_metrics_names_exactly_the_instruments_that_there_are_with_kind_and_unit() =>
        Assert.Equal(Instruments().Order(StringComparer.Ordinal), Rows().Select(row => $"{row.Name} {row.Kind} {row.Unit}").Order(StringComparer.Ordinal));

    [Fact]
    public void The_page_of_metrics_names_the_tags_of_each_source() => Assert.Equal(
        Repository.SourcesOf("src").SelectMany(path => Tag().Matches(File.ReadAllText(path)).Select(match => match.Groups[1].Value)).Distinct().Order(StringComparer.Ordinal),
        Rows().SelectMany(row => row.Tags).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Names_are_dotted_lower_case_and_every_row_says_what_it_means_and_what_to_look_for() => Assert.All(Rows(), row =>
    {
        Assert.Matches(@"^broker(\.[a-z]+)+$", row.Name);
        Assert.True(row.Meaning.Length > 10 && row.Look.Length > 3, row.Name);
    });

    [Fact]
    public void Whatever_is_measured_is_described_in_the_code_too() => Assert.All(Published(), instrument => Assert.False(string.IsNullOrEmpty(instrument.Description), instrument.Name));

    [Fact]
    public void Refusals_that_the_page_tells_to_look_for_exist() => Assert.Empty(
        Rows().SelectMany(row => Reason().Matches(row.Look).Select(match => match.Groups[1].Value)).Except(Enum.GetNames<Domain.RefusalReason>()));

    private static IEnumerable<string> Instruments() => Published().Select(instrument => $"{instrument.Name} {KindOf(instrument)} {instrument.Unit}");

    private static List<Instrument> Published()
    {
        var found = new List<Instrument>();
        foreach (var type in Owners)
        {
            using var owner = (IDisposable)Activator.CreateInstance(type, nonPublic: true)!;
            var meter = (Meter)type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Single(property => property.PropertyType == typeof(Meter)).GetValue(owner)!;
            using var listener = new MeterListener
            {
                InstrumentPublished = (instrument, _) =>
                {
                    if (ReferenceEquals(instrument.Meter, meter)) found.Add(instrument);
                },
            };
            listener.Start();
        }

        return found;
    }

    private static string KindOf(Instrument instrument)
    {
        var name = instrument.GetType().Name;
        return name[..name.IndexOf('`', StringComparison.Ordinal)].ToLowerInvariant();
    }

    private static List<(string Name, string Kind, string Unit, string[] Tags, string Meaning, string Look)> Rows()
    {
        var rows = File.ReadLines(Path.Combine(Repository.Root, "docs", "metrics.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries))
            .ToList();
        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Equal(6, row.Length));
        return [.. rows.Select(row => (row[0].Trim('`'), row[1], row[2].Trim('`'), row[3].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(tag => tag.Trim('`')).ToArray(), row[4], row[5]))];
    }

    [GeneratedRegex(@"new Meter\(|Meter Meter \{ get; \} = new\(|Meter _\w+ = new\(")]
    private static partial Regex MeterMade();

    [GeneratedRegex("`([A-Z][A-Za-z]+)`")]
    private static partial Regex Reason();

    [GeneratedRegex("""KeyValuePair<string, object\?>\("(\w+)",""")]
    private static partial Regex Tag();
}
