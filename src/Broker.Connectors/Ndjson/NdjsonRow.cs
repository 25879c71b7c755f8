using Broker.Domain.Platforms;

namespace Broker.Connectors.Ndjson;

/// <summary>One line's object.</summary>
internal readonly struct NdjsonRow(NdjsonMembers members)
{
    /// <summary>The record, or why there is none.</summary>
    public SourceItem ToItem()
    {
        if (members.Text(NdjsonMember.Id) is not { } id || (id.Length > 0 && !RecordBounds.IsId(id))) return SourceItem.Refuse(ImportRefusal.InvalidValue, null);
        if (id.Length == 0) return SourceItem.Refuse(ImportRefusal.NoId, null);
        return Refused() is { } reason ? SourceItem.Refuse(reason, id) : Record(id);
    }

    private SourceItem Record(string id)
    {
        if (Kind() is not { } kind) return SourceItem.Refuse(ImportRefusal.NotLicensedType, id);
        if (members.Text(NdjsonMember.UserId) is not { Length: > 0 } user) return SourceItem.Refuse(ImportRefusal.NoOwner, id);
        if (SourceDate.ReadZoned(members.Text(NdjsonMember.CreatedAt)) is not { } created) return SourceItem.Refuse(ImportRefusal.NoDate, id);
        var isFact = kind is RecordKind.Like or RecordKind.Bookmark;
        var (title, text, target) = (members.Text(NdjsonMember.Title), members.Text(NdjsonMember.Text), members.Text(NdjsonMember.TargetId));
        var (licence, attribution, language) = (members.Text(NdjsonMember.Licence), members.Text(NdjsonMember.Attribution), members.Language());
        if (title is null || text is null || target is null || licence is null || attribution is null || language is null || (isFact && target.Length == 0))
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

    private ImportRefusal? Refused() => members.Text(NdjsonMember.Visibility) switch
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

    private RecordKind? Kind() => members.Text(NdjsonMember.Kind) switch
    {
        "post" => RecordKind.Post,
        "comment" => RecordKind.Comment,
        "like" => RecordKind.Like,
        "bookmark" => RecordKind.Bookmark,
        "media" => RecordKind.Media,
        _ => null,
    };
}
