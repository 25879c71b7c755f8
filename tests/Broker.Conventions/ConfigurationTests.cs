using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Broker.Hosting.Clusters;

namespace Broker.Conventions;

/// <summary>docs/configuration.md names every setting of a cluster's node, with its default and range, and no other.</summary>
public sealed class ConfigurationTests
{
    private const string None = "—";

    [Fact]
    public void The_page_of_settings_names_exactly_those_that_there_are() =>
        Assert.Equal(Settings().Select(setting => setting.Path).Order(StringComparer.Ordinal), Rows().Select(row => row.Path).Order(StringComparer.Ordinal));

    [Fact]
    public void The_page_of_settings_tells_each_ones_default_and_range()
    {
        var told = Rows().ToDictionary(row => row.Path);
        Assert.Empty(
            from setting in Settings()
            where told.TryGetValue(setting.Path, out var row) && (row.Default != setting.Default || (setting.Range is not null && row.Range != setting.Range))
            select $"{setting.Path}: {setting.Default} | {setting.Range}");
    }

    [Fact]
    public void Every_setting_says_what_it_is_for() => Assert.All(Rows(), row => Assert.True(row.Purpose.Length > 10, row.Path));

    private static IEnumerable<(string Path, string Default, string? Range)> Settings() => SettingsOf(typeof(ClusterNodeOptions), "");

    // A section's settings stand under its name; those of a list's elements under the list's, with brackets.
    private static IEnumerable<(string Path, string Default, string? Range)> SettingsOf(Type section, string prefix)
    {
        var defaults = Activator.CreateInstance(section)!;
        foreach (var property in section.GetProperties().Where(property => property.SetMethod is { IsPublic: true } || ElementOf(property.PropertyType) is not null))
        {
            var element = ElementOf(property.PropertyType);
            var inner = element ?? property.PropertyType;
            if (!inner.IsEnum && inner.IsClass && inner.Namespace!.StartsWith("Broker.", StringComparison.Ordinal))
                foreach (var setting in SettingsOf(inner, $"{prefix}{property.Name}{(element is null ? "" : "[]")}.")) yield return setting;
            else yield return (prefix + property.Name, Shown(property.GetValue(defaults)), RangeOf(property));
        }
    }

    private static Type? ElementOf(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() is { } list
        && (list == typeof(IList<>) || list == typeof(IReadOnlyList<>) || list == typeof(List<>)) ? type.GetGenericArguments()[0] : null;

    private static string? RangeOf(PropertyInfo property)
    {
        if (property.GetCustomAttribute<RangeAttribute>() is not { } range) return null;
        return $"{ShownBound(range.Minimum)} to {ShownBound(range.Maximum)}";
    }

    private static string ShownBound(object bound) => bound is string text ? text : Shown(bound);

    private static string Shown(object? value) => value switch
    {
        null or "" => None,
        bool yes => yes ? "true" : "false",
        TimeSpan length => length.ToString(length.Days == 0 ? @"hh\:mm\:ss\.FFF" : @"d\.hh\:mm\:ss\.FFF", CultureInfo.InvariantCulture).TrimEnd('.'),
        int or long => string.Format(CultureInfo.InvariantCulture, "{0:N0}", value),
        double number when number == Math.Floor(number) => number.ToString("N0", CultureInfo.InvariantCulture),
        System.Collections.IEnumerable list and not string => string.Join(", ", list.Cast<object>().Select(Shown)) is { Length: > 0 } shown ? shown : None,
        _ => string.Format(CultureInfo.InvariantCulture, "{0}", value),
    };

    private static List<(string Path, string Default, string Range, string Purpose)> Rows()
    {
        var rows = File.ReadLines(Path.Combine(Repository.Root, "docs", "configuration.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries))
            .ToList();
        Assert.All(rows, row => Assert.Equal(4, row.Length));
        return [.. rows.Select(row => (row[0].Trim('`'), row[1].Trim('`'), row[2], row[3]))];
    }
}
