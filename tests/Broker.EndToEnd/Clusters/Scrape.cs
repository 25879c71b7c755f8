using System.Globalization;
using System.Text.RegularExpressions;

namespace Broker.EndToEnd.Clusters;

/// <summary>What a Prometheus reads of a node.</summary>
internal sealed partial class Scrape
{
    private readonly List<(string Name, Dictionary<string, string> Labels, double Value)> _samples = [];

    private Scrape(string text)
    {
        Text = text;
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (Type().Match(line) is { Success: true } type) Families[type.Groups[1].Value] = type.Groups[2].Value;
            if (Sample().Match(line) is not { Success: true } sample) continue;
            var labels = Label().Matches(sample.Groups[2].Value).ToDictionary(label => label.Groups[1].Value, label => label.Groups[2].Value);
            _samples.Add((sample.Groups[1].Value, labels, double.Parse(sample.Groups[3].Value, CultureInfo.InvariantCulture)));
        }
    }

    /// <summary>The answer as it came.</summary>
    public string Text { get; }

    /// <summary>The families by name, each with its type.</summary>
    public Dictionary<string, string> Families { get; } = [];

    /// <summary>The names of the labels that samples of our own families have.</summary>
    public IEnumerable<string> OwnLabels => _samples.Where(sample => sample.Name.StartsWith("broker_", StringComparison.Ordinal)).SelectMany(sample => sample.Labels.Keys).Distinct();

    /// <summary>Reads a node's metrics.</summary>
    public static async Task<Scrape> OfAsync(Uri node)
    {
        using var client = new HttpClient();
        return new Scrape(await client.GetStringAsync(new Uri(node, "/metrics")));
    }

    /// <summary>The sum of a sample over all series whose labels hold these.</summary>
    public double Sum(string name, params (string Label, string Value)[] labels) => _samples
        .Where(sample => sample.Name == name && labels.All(label => sample.Labels.GetValueOrDefault(label.Label) == label.Value))
        .Sum(sample => sample.Value);

    [GeneratedRegex(@"^# TYPE (\S+) (\S+)$")]
    private static partial Regex Type();

    [GeneratedRegex(@"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$")]
    private static partial Regex Sample();

    [GeneratedRegex("""([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)""")]
    private static partial Regex Label();
}
