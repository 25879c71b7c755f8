using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Broker.Gateway.Parsing;

/// <summary>The names of resources on the wire (AIP-122): parsed and written here only.</summary>
public static partial class ResourceNames
{
    /// <summary>Stands for every platform in lists.</summary>
    public const string AllPlatforms = "platforms/-";

    internal const string IdFormat = "1 to 63 of a-z, 0-9 and -, neither first nor last a -";
    internal const string PlatformFormat = "platforms/{platform}";
    internal const string PartnerFormat = "partners/{partner}";
    internal const string DealFormat = "platforms/{platform}/deals/{deal}";
    internal const string DatasetFormat = "platforms/{platform}/datasets/{dataset}";
    internal const string UserFormat = "platforms/{platform}/users/{user}, percent-encoded";
    internal const string RecallFormat = "platforms/{platform}/deals/{deal}/recalls/{partition}-{number}";
    internal const string LogFormat = "platforms/{platform}/partitions/{index} or platforms/{platform}/deals/{deal}";

    /// <summary>Most UTF-8 bytes of a platform's id of a user or a record.</summary>
    public const int PlatformIdBytesMax = 256;

    /// <summary>Whether it is an id of a platform, partner, deal, dataset or training run.</summary>
    public static bool IsId(string? id) => id is not null && Id().IsMatch(id);

    /// <summary>Whether it can be a platform's id of a user or a record: 1 to 256 UTF-8 bytes.</summary>
    public static bool IsPlatformId(string? id) => !string.IsNullOrEmpty(id) && Encoding.UTF8.GetByteCount(id) <= PlatformIdBytesMax;

    /// <summary>The platform's id, or null.</summary>
    public static string? ParsePlatform(string? name) => Segments(name) is ["platforms", var platform] && IsId(platform) ? platform : null;

    /// <summary>The partner's id, or null.</summary>
    public static string? ParsePartner(string? name) => Segments(name) is ["partners", var partner] && IsId(partner) ? partner : null;

    /// <summary>The deal, or null.</summary>
    public static DealName? ParseDeal(string? name) =>
        Segments(name) is ["platforms", var platform, "deals", var deal] && IsId(platform) && IsId(deal) ? new(platform, deal) : null;

    /// <summary>The dataset, or null.</summary>
    public static DatasetName? ParseDataset(string? name) =>
        Segments(name) is ["platforms", var platform, "datasets", var dataset] && IsId(platform) && IsId(dataset) ? new(platform, dataset) : null;

    /// <summary>The user, or null.</summary>
    public static UserName? ParseUser(string? name)
    {
        if (Segments(name) is not ["platforms", var platform, "users", var encoded] || !IsId(platform)) return null;
        var user = Uri.UnescapeDataString(encoded);
        return IsPlatformId(user) ? new(platform, user) : null;
    }

    /// <summary>The recall, or null.</summary>
    public static RecallName? ParseRecall(string? name)
    {
        if (Segments(name) is not ["platforms", var platform, "deals", var deal, "recalls", var recall] || !IsId(platform) || !IsId(deal)) return null;
        return recall.Split('-') is [var partition, var number] && IsNumber(partition, 0, out var index) && IsNumber(number, 1, out var count)
            ? new(new(platform, deal), index, count)
            : null;
    }

    /// <summary>The platform of a log, or null.</summary>
    public static string? ParseLog(string? name) => Segments(name) switch
    {
        ["platforms", var platform, "deals", var deal] when IsId(platform) && IsId(deal) => platform,
        ["platforms", var platform, "partitions", var index] when IsId(platform) && IsNumber(index, 0, out _) => platform,
        _ => null,
    };

    /// <summary>A platform's name.</summary>
    public static string Platform(string platform) => $"platforms/{platform}";

    /// <summary>A partner's name.</summary>
    public static string Partner(string partner) => $"partners/{partner}";

    /// <summary>A deal's name.</summary>
    public static string Deal(string platform, string deal) => $"platforms/{platform}/deals/{deal}";

    /// <summary>A dataset's name.</summary>
    public static string Dataset(string platform, string dataset) => $"platforms/{platform}/datasets/{dataset}";

    /// <summary>A user's name; the id is percent-encoded.</summary>
    public static string User(string platform, string user) => $"platforms/{platform}/users/{Uri.EscapeDataString(user)}";

    /// <summary>A recall's name.</summary>
    public static string Recall(DealName deal, int partition, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{deal}/recalls/{partition}-{number}");

    private static string[] Segments(string? name) => name?.Split('/') ?? [];

    private static bool IsNumber(string text, int least, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= least && (text.Length == 1 || text[0] != '0');

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\z")]
    private static partial Regex Id();
}

/// <summary>A deal's name.</summary>
public readonly record struct DealName(string Platform, string Deal)
{
    /// <summary>The key of its grain.</summary>
    public string GrainKey => $"{Platform}/{Deal}";

    /// <inheritdoc/>
    public override string ToString() => ResourceNames.Deal(Platform, Deal);
}

/// <summary>A dataset's name.</summary>
public readonly record struct DatasetName(string Platform, string Dataset);

/// <summary>A user's name; the id is not encoded here.</summary>
public readonly record struct UserName(string Platform, string User);

/// <summary>A recall's name.</summary>
/// <param name="Deal">The deal.</param>
/// <param name="Partition">The partition's index.</param>
/// <param name="Number">The recall's number in the partition, from 1.</param>
public readonly record struct RecallName(DealName Deal, int Partition, int Number);
