using Microsoft.Extensions.Configuration;

namespace Broker.Hosting.Clusters;

/// <summary>Reads a node's configuration: a JSON file, over it the variables <c>BROKER_…</c>, over them what the caller set.</summary>
public static class ClusterConfiguration
{
    private const string Prefix = "BROKER_";

    /// <summary>Reads it.</summary>
    /// <param name="file">The JSON file, or null for none.</param>
    /// <param name="overrides">Keys and values that win, such as a command line's; null values are left out.</param>
    /// <exception cref="NodeStartException">The file cannot be read, is no JSON, or names something that there is not.</exception>
    public static ClusterNodeOptions Read(string? file, IEnumerable<KeyValuePair<string, string?>> overrides)
    {
        try
        {
            // Only a file is strict: the environment holds what other programs, and this one's client side, read.
            if (file is not null) FileOf(file).Get<ClusterNodeOptions>(static binder => binder.ErrorOnUnknownConfiguration = true);
            var all = new ConfigurationBuilder();
            if (file is not null) all.AddJsonFile(Path.GetFullPath(file));
            all.AddEnvironmentVariables(Prefix);
            all.AddInMemoryCollection(overrides.Where(pair => pair.Value is not null));
            return all.Build().Get<ClusterNodeOptions>() ?? new ClusterNodeOptions();
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException or InvalidOperationException or FormatException or UnauthorizedAccessException)
        {
            throw new NodeStartException($"The configuration{(file is null ? "" : $" in {file}")} cannot be used: {Reason(failure)}", failure);
        }
    }

    /// <summary>What the variables <c>BROKER_…</c> say, for a node that is alone.</summary>
    public static IConfiguration Variables() => new ConfigurationBuilder().AddEnvironmentVariables(Prefix).Build();

    private static IConfigurationRoot FileOf(string file) => new ConfigurationBuilder().AddJsonFile(Path.GetFullPath(file)).Build();

    // The binder says which key under which class; the innermost message says what is wrong with it.
    private static string Reason(Exception failure) => failure.InnerException is { } inner && inner.Message != failure.Message ? $"{failure.Message} {inner.Message}" : failure.Message;
}
