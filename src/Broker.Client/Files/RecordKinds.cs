using Broker.Protos.V1;

namespace Broker.Client.Files;

/// <summary>Kinds as they stand in files.</summary>
internal static class RecordKinds
{
    /// <summary>The kind's name in lower case; its number where this client does not know it yet.</summary>
    public static string NameOf(RecordKind kind) => kind switch
    {
        RecordKind.Post => "post",
        RecordKind.Comment => "comment",
        RecordKind.Like => "like",
        RecordKind.Bookmark => "bookmark",
        RecordKind.Media => "media",
        _ => ((int)kind).ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}
