using System.Globalization;
using Broker.Domain.Platforms;

namespace Broker.Connectors.StackExchange;

/// <summary>Says who owns a row, and how to credit them.</summary>
internal sealed class Owners(ConnectorOptions options, UserIndex? users)
{
    private const string DefaultLanguage = "en";

    /// <summary>The site's language.</summary>
    public string Language { get; } = LanguageTag.Normalise(options.Language ?? DefaultLanguage)!;

    /// <summary>Whether an account owns the row. The site's own account (-1) is nobody who could consent; neither is one that
    /// <c>Users.xml</c>, where there is one, does not hold any more.</summary>
    public bool Has(DumpRow row) => row.Owner is > 0 and var owner && (users is null || users.Contains(owner));

    /// <summary>The record of a row that an account owns, without what its kind adds.</summary>
    public SourceItem Admit(DumpRow row, string prefix, RecordKind kind, bool hasWords)
    {
        var id = Id(prefix, row.Id)!;
        if (row.Cut) return SourceItem.Refuse(ImportRefusal.InvalidValue, id);
        if (row.Created is not { } created) return SourceItem.Refuse(ImportRefusal.NoDate, id);
        return RecordBounds.Admit(new SourceRecord
        {
            Id = id,
            UserId = options.Scoped(row.Owner!.Value.ToString(CultureInfo.InvariantCulture)),
            Kind = kind,
            CreatedAt = created,
            Language = hasWords ? Language : "",
            Title = row.Title,
            Text = row.Text,
            TargetId = Id("post-", row.Target) ?? "",
            Licence = row.Licence,
            Attribution = hasWords ? Credit(row) : "",
        });
    }

    /// <summary>The record's id in the dataset, or null for a row without a number.</summary>
    public string? Id(string prefix, long? number) =>
        number is { } n ? options.Scoped(prefix + n.ToString(CultureInfo.InvariantCulture)) : null;

    private string Credit(DumpRow row)
    {
        var name = users?.NameOf(row.Owner!.Value) is { Length: > 0 } current ? current : row.OwnerName ?? "";
        if (options.SiteAddress is not { } site) return name;
        var profile = $"{site.AbsoluteUri.TrimEnd('/')}/users/{row.Owner}";
        return name.Length == 0 ? profile : $"{name} <{profile}>";
    }
}
