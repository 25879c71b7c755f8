using System.Text.Json;
using System.Text.Json.Serialization;

namespace Broker.Client.Files;

/// <summary>What a directory holds: <c>.broker/directory.json</c>.</summary>
/// <param name="Version">Of the layout: 1.</param>
/// <param name="Deal">Format: <c>platforms/{platform}/deals/{deal}</c>.</param>
/// <param name="Format"><c>ndjson</c> or <c>arrow</c>.</param>
internal sealed record DirectoryManifest(int Version, string Deal, string Format)
{
    private const int Current = 1;

    /// <summary>A new directory's.</summary>
    public static DirectoryManifest Of(string deal, SliceFileFormat format) => new(Current, deal, format == SliceFileFormat.Arrow ? "arrow" : "ndjson");

    /// <summary>The format.</summary>
    [JsonIgnore]
    public SliceFileFormat FileFormat => Format == "arrow" ? SliceFileFormat.Arrow : SliceFileFormat.Ndjson;

    /// <summary>Reads a directory's, or null where there is none.</summary>
    /// <exception cref="SliceDirectoryException">It is damaged, or a newer client's.</exception>
    public static DirectoryManifest? Read(string path)
    {
        if (!File.Exists(path)) return null;
        try
        {
            var manifest = JsonSerializer.Deserialize(File.ReadAllBytes(path), FilesJson.Default.DirectoryManifest);
            return manifest is { Version: Current, Deal.Length: > 0, Format: "ndjson" or "arrow" }
                ? manifest
                : throw new SliceDirectoryException($"{path} is of a layout that this client does not know.");
        }
        catch (JsonException error)
        {
            throw new SliceDirectoryException($"{path} is damaged: {error.Message}", error);
        }
    }

    /// <summary>Its bytes.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, FilesJson.Default.DirectoryManifest);
}

/// <summary>The JSON of bookkeeping files.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(DirectoryManifest))]
[JsonSerializable(typeof(SortedDictionary<int, int>))]
internal sealed partial class FilesJson : JsonSerializerContext;
