using System.Globalization;
using DbUp.Engine;

namespace Broker.Storage.Migrations;

/// <summary>The numbered scripts of one schema, embedded in this assembly; only ever appended to.</summary>
/// <param name="Name">Which schema, as its folder is called.</param>
internal sealed record SchemaScripts(string Name)
{
    /// <summary>The logs, the cluster's row, and Orleans' own tables.</summary>
    public static SchemaScripts Logs { get; } = new("Logs");

    /// <summary>The users' keys, which may lie in another database.</summary>
    public static SchemaScripts Keys { get; } = new("Keys");

    /// <summary>In the order of their numbers.</summary>
    public IReadOnlyList<SqlScript> All { get; } = Load(Name);

    /// <summary>The version that this program needs: the last script's number.</summary>
    public int Version => NumberOf(All[^1].Name);

    /// <summary>Where it is written down which scripts have run.</summary>
    public string JournalTable { get; } = $"broker_{Name.ToLowerInvariant()}_schema";

    /// <summary>The number that a script's name begins with.</summary>
    public static int NumberOf(string script) => int.Parse(script.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture);

    private static SqlScript[] Load(string name)
    {
        var assembly = typeof(SchemaScripts).Assembly;
        var prefix = $"{typeof(SchemaScripts).Namespace}.{name}.";
        return [.. assembly.GetManifestResourceNames()
            .Where(resource => resource.StartsWith(prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(resource => SqlScript.FromStream(resource[prefix.Length..], assembly.GetManifestResourceStream(resource)!))];
    }
}
