using System.Text.Json;
using Broker.Domain.Platforms;

namespace Broker.Connectors.Ndjson;

/// <summary>One line's object.</summary>
internal readonly struct NdjsonRow(JsonElement row)
{
    /// <summary>The record, or why there is none.</summary>
    public SourceItem ToItem()
    {
        if (Text("id") is not { } id || (id.Length > 0 && !RecordBounds.IsId(id))) return SourceItem.Refuse(ImportRefusal.InvalidValue, null);
        if (id.Length == 0) return SourceItem.Refuse(ImportRefusal.NoId, null);
        return Refused() is { } reason ? SourceItem.Refuse(reason, id) : Record(id);
    }

    private SourceItem Record(string id)
    {
        if (Kind() is not { } kind) return SourceItem.Refuse(ImportRefusal.NotLicensedType, id);
        if (Text("user_id") is not { Length: > 0 } user) return SourceItem.Refuse(ImportRefusal.NoOwner, id);
        if (SourceDate.ReadZoned(Text("created_at")) is not { } created) return SourceItem.Refuse(ImportRefusal.NoDate, id);
        var isFact = kind is RecordKind.Like or RecordKind.Bookmark;
        if (Texts() is not [var title, var text, var target, var licence, var attribution, var language] || (isFact && target.Length == 0))
            return SourceItem.Refuse(ImportRefusal.InvalidValue, id);
        return RecordBounds.Admit(new SourceRecord
        {
            Id = id,
            UserId = user,
            Kind = kind,
            CreatedAt = created,
            Language = language,
            // A like licenses the fact; exports often put the liked post's words beside it, and those are another person's.
            Title = isFact ? "" : title,
            Text = isFact ? "" : text,
            TargetId = target,
            Licence = licence,
            Attribution = attribution,
        });
    }

    private ImportRefusal? Refused() => Text("visibility") switch
    {
        "public" => null,
        "private" => ImportRefusal.Private,
        "draft" => ImportRefusal.Draft,
        "deleted" => ImportRefusal.Deleted,
        "suspended" => ImportRefusal.Suspended,
        "password" => ImportRefusal.PasswordProtected,
        "not_approved" => ImportRefusal.NotApproved,
        _ => ImportRefusal.InvalidValue,
    };

    private RecordKind? Kind() => Text("kind") switch
    {
        "post" => RecordKind.Post,
        "comment" => RecordKind.Comment,
        "like" => RecordKind.Like,
        "bookmark" => RecordKind.Bookmark,
        "media" => RecordKind.Media,
        _ => null,
    };

    /// <summary>The optional values, or null when one of them is no text.</summary>
    private string[]? Texts()
    {
        string?[] texts = [Text("title"), Text("text"), Text("target_id"), Text("licence"), Text("attribution"), LanguageTag.Normalise(Text("language") ?? "\0")];
        var whole = texts.OfType<string>().ToArray();
        return whole.Length == texts.Length ? whole : null;
    }

    /// <summary>A member's text: empty when it is absent or null, and null when it is something else than text.</summary>
    private string? Text(string name)
    {
        if (!row.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) return "";
        if (value.ValueKind != JsonValueKind.String) return null;
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null; // half a surrogate pair, or bytes that are not UTF-8: no text
        }
    }
}
