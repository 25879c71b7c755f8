using Broker.Connectors.Xml;
using Broker.Domain.Platforms;

namespace Broker.Connectors.WordPress;

/// <summary>One item of the export, read field by field.</summary>
internal sealed class WordPressPost
{
    private const string Prefix = "post-";
    private readonly Dictionary<string, string> _fields = new(StringComparer.Ordinal);
    private bool _tooLong, _inDoubt;

    /// <summary>The permalink, or empty.</summary>
    public string Link => Field("link");

    /// <summary>The number of the post, or null.</summary>
    public long? Number => SourceNumber.ReadPositive(Field("post_id"));

    /// <summary>Takes the field at which the reader stands.</summary>
    /// <returns>Whether it is one that the post is judged or made by.</returns>
    public bool Take(ExportXml xml)
    {
        if (NameOf(xml) is not { } name)
        {
            xml.SkipElement();
            return false;
        }
        // A field twice, or an overlong one that the post is judged by, leaves in doubt what the platform meant.
        if (xml.ReadText() is { } value) _inDoubt |= !_fields.TryAdd(name, value);
        else if (name is "content" or "title") _tooLong = true;
        else _inDoubt = true;
        return true;
    }

    /// <summary>The record, or why there is none.</summary>
    public SourceItem ToItem(WordPressSite site)
    {
        var id = Id(site, Number);
        if (Hidden() is { } reason) return SourceItem.Refuse(reason, id);
        if (id is null) return SourceItem.Refuse(ImportRefusal.NoId, null);
        if (_tooLong) return SourceItem.Refuse(ImportRefusal.InvalidValue, id);
        if (site.UserOfLogin(Login) is not { } user) return SourceItem.Refuse(ImportRefusal.NoOwner, id);
        if (Created() is not { } created) return SourceItem.Refuse(ImportRefusal.NoDate, id);
        return RecordBounds.Admit(ToRecord(site, id, user, created));
    }

    /// <summary>Why nobody, or not everybody, is shown this post; null when everybody is. It holds for its comments too.</summary>
    public ImportRefusal? Hidden()
    {
        if (_inDoubt) return ImportRefusal.InvalidValue;
        if (Field("post_type").Trim() is not ("post" or "page")) return ImportRefusal.NotLicensedType;
        var hidden = OfStatus(Field("status").Trim());
        return hidden is null && Field("post_password").Length > 0 ? ImportRefusal.PasswordProtected : hidden;
    }

    /// <summary>The id of a post's record, or null without a number.</summary>
    public static string? Id(WordPressSite site, long? number) => number is { } n ? site.Scoped($"{Prefix}{n}") : null;

    private string Login => Field("creator").Trim();

    // A status that a plug-in made may mean anything; shown to everybody is only what says so.
    private static ImportRefusal? OfStatus(string status) => status switch
    {
        "publish" => null,
        "draft" or "pending" or "auto-draft" or "future" => ImportRefusal.Draft,
        "trash" => ImportRefusal.Deleted,
        _ => ImportRefusal.Private,
    };

    private SourceRecord ToRecord(WordPressSite site, string id, string user, DateTimeOffset created)
    {
        var name = site.NameOf(Login);
        return new SourceRecord
        {
            Id = id,
            UserId = site.Scoped(user),
            Kind = RecordKind.Post,
            CreatedAt = created,
            Language = site.Language,
            Title = Field("title"),
            Text = Field("content"),
            TargetId = Id(site, SourceNumber.ReadPositive(Field("post_parent"))) ?? "",
            Attribution = Credit(name, Link),
        };
    }

    /// <summary>A name with a link, or what there is of them.</summary>
    public static string Credit(string name, string link) =>
        (name.Length, link.Length) switch { (_, 0) => name, (0, _) => link, _ => $"{name} <{link}>" };

    // An old import may have filled only the local date; it is off by the site's offset, 14 hours at most, which no export
    // states. That is near enough for a contract's years, and better than losing the post.
    private DateTimeOffset? Created() => SourceDate.ReadSql(Field("post_date_gmt")) ?? SourceDate.ReadSql(Field("post_date"));

    private string Field(string name) => _fields.GetValueOrDefault(name, "");

    private static string? NameOf(ExportXml xml) => xml.Node.LocalName switch
    {
        "title" or "link" when xml.Node.NamespaceURI.Length == 0 => xml.Node.LocalName,
        "creator" => "creator",
        "encoded" when xml.Node.NamespaceURI.Contains("/content/", StringComparison.Ordinal) => "content",
        "post_id" or "post_date" or "post_date_gmt" or "status" or "post_parent" or "post_type" or "post_password"
            when WordPressExport.IsWordPress(xml.Node) => xml.Node.LocalName,
        _ => null,
    };
}
