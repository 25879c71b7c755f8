namespace Broker.Client.Files;

/// <summary>Where things lie in a directory.</summary>
internal sealed class DirectoryPaths(string root)
{
    /// <summary>The directory of what is no slice.</summary>
    public const string BookkeepingName = ".broker";

    /// <summary>The extension of what is being written.</summary>
    public const string PartialExtension = ".partial";

    /// <summary>The directory itself.</summary>
    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>The directory of what is no slice.</summary>
    public string Bookkeeping => Path.Combine(Root, BookkeepingName);

    /// <summary>Whose slices these are.</summary>
    public string Manifest => Path.Combine(Bookkeeping, "directory.json");

    /// <summary>Which slices were kept.</summary>
    public string Journal => Path.Combine(Bookkeeping, "slices.journal");

    /// <summary>Up to where recalls were dealt with.</summary>
    public string Recalls => Path.Combine(Bookkeeping, "recalls.json");

    /// <summary>Held by the process that uses the directory.</summary>
    public string Lock => Path.Combine(Bookkeeping, "lock");

    /// <summary>Files of slices that the broker does not know any more.</summary>
    public string Lost => Path.Combine(Bookkeeping, "lost");

    /// <summary>A slice's file.</summary>
    public string FileOf(string name) => Path.Combine(Root, name);

    /// <summary>Where a file is written before it gets its name.</summary>
    public string PartialOf(string name) => Path.Combine(Bookkeeping, name + PartialExtension);
}
