using Broker.Connectors.Xml;
using Broker.Domain.Platforms;

namespace Broker.Connectors.WordPress;

/// <summary>One comment of an item.</summary>
internal sealed class WordPressComment
{
    private const string Prefix = "comment-";
    private readonly Dictionary<string, string> _fields = new(StringComparer.Ordinal);
    private bool _damaged;

    /// <summary>Reads the comment at which the reader stands, leaving the reader at its end tag.</summary>
    public static WordPressComment Read(ExportXml xml)
    {
        var comment = new WordPressComment();
        var depth = xml.Node.Depth;
        while (xml.ReadChild(depth)) comment.Take(xml);
        return comment;
    }

    /// <summary>The record, or why there is none.</summary>
    public SourceItem ToItem(WordPressSite site, WordPressPost post)
    {
        var id = SourceNumber.ReadPositive(Field("comment_id")) is { } number ? site.Scoped($"{Prefix}{number}") : null;
        if ((post.Hidden() ?? Hidden()) is { } reason) return SourceItem.Refuse(reason, id);
        if (id is null) return SourceItem.Refuse(ImportRefusal.NoId, null);
        if (_damaged || WordPressPost.Id(site, post.Number) is not { } target) return SourceItem.Refuse(ImportRefusal.InvalidValue, id);
        if (User(site) is not { } user) return SourceItem.Refuse(ImportRefusal.NoOwner, id);
        if (Created() is not { } created) return SourceItem.Refuse(ImportRefusal.NoDate, id);
        return RecordBounds.Admit(new SourceRecord
        {
            Id = id,
            UserId = site.Scoped(user),
            Kind = RecordKind.Comment,
            CreatedAt = created,
            Language = site.Language,
            Text = Field("comment_content"),
            TargetId = target,
            Attribution = WordPressPost.Credit(WordPressSite.ShownName(Field("comment_author")) ?? "", post.Link),
        });
    }

    private void Take(ExportXml xml)
    {
        if (!IsRead(xml.Node.LocalName)) xml.SkipElement();
        else _damaged |= xml.ReadText() is not { } value || !_fields.TryAdd(xml.Node.LocalName, value);
    }

    // Shops and forums keep orders' notes and reviews as comments of their own types; pingbacks are other sites' words.
    private ImportRefusal? Hidden() => (Field("comment_type").Trim(), Field("comment_approved").Trim()) switch
    {
        (not ("" or "comment"), _) => ImportRefusal.NotLicensedType,
        (_, "1") => null,
        (_, "trash" or "post-trashed") => ImportRefusal.Deleted,
        _ => ImportRefusal.NotApproved,
    };

    private string? User(WordPressSite site) =>
        SourceNumber.ReadPositive(Field("comment_user_id")) is { } number ? site.UserOfNumber(number) : null;

    private DateTimeOffset? Created() => SourceDate.ReadSql(Field("comment_date_gmt")) ?? SourceDate.ReadSql(Field("comment_date"));

    private string Field(string name) => _fields.GetValueOrDefault(name, "");

    private static bool IsRead(string name) => name is "comment_id" or "comment_author" or "comment_date" or "comment_date_gmt"
        or "comment_content" or "comment_approved" or "comment_type" or "comment_user_id";
}
