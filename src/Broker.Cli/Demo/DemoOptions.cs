namespace Broker.Cli.Demo;

/// <summary>What a demo runs on.</summary>
/// <param name="DataDirectory">The node's directory.</param>
/// <param name="PullDirectory">Where partners keep what they pulled.</param>
/// <param name="From">A platform's export instead of made-up people, or null.</param>
/// <param name="Format">Its format; only with <paramref name="From"/>.</param>
internal sealed record DemoOptions(string DataDirectory, string PullDirectory, string? From, string? Format)
{
    /// <summary>The platform that the export is of, or null.</summary>
    public string? PlatformOfExport => From is null ? null : Format == Connectors.ConnectorFormat.Wxr ? DemoPlatforms.WordPress : DemoPlatforms.StackOverflow;
}
