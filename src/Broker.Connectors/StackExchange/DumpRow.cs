using System.Xml;
using Broker.Connectors.Xml;

namespace Broker.Connectors.StackExchange;

/// <summary>The attributes of one row that the connector reads; the others are never taken out of the reader.</summary>
internal sealed class DumpRow
{
    /// <summary>The row's number; null when it has none, or no number above zero.</summary>
    public long? Id { get; private set; }

    /// <summary>Who owns it (a post's <c>OwnerUserId</c>, else <c>UserId</c>): null for nobody, -1 for the site's own account.</summary>
    public long? Owner { get; private set; }

    /// <summary>The name that stands in for an account, or for one that is gone.</summary>
    public string? OwnerName { get; private set; }

    /// <summary><c>PostTypeId</c> or <c>VoteTypeId</c>.</summary>
    public long? Type { get; private set; }

    /// <summary>The answered question, or the post commented or voted upon.</summary>
    public long? Target { get; private set; }

    /// <summary>The creation date, where it can be read.</summary>
    public DateTimeOffset? Created { get; private set; }

    /// <summary>Whether a deletion date stands in it.</summary>
    public bool Deleted { get; private set; }

    /// <summary>Whether a value was too long and has been cut.</summary>
    public bool Cut { get; private set; }

    /// <summary>The title.</summary>
    public string Title { get; private set; } = "";

    /// <summary>A post's <c>Body</c> (HTML, as it is) or a comment's <c>Text</c>.</summary>
    public string Text { get; private set; } = "";

    /// <summary>The licence.</summary>
    public string Licence { get; private set; } = "";

    /// <summary>A user's <c>DisplayName</c>.</summary>
    public string DisplayName { get; private set; } = "";

    /// <summary>Takes over the attributes of the reader's element.</summary>
    public void Take(XmlReader xml)
    {
        (Id, Owner, OwnerName, Type, Target, Created) = (null, null, null, null, null, null);
        (Deleted, Cut, Title, Text, Licence, DisplayName) = (false, false, "", "", "", "");
        while (xml.MoveToNextAttribute()) Take(xml.LocalName, xml);
        xml.MoveToElement();
    }

    private void Take(string name, XmlReader xml)
    {
        switch (name)
        {
            case "Id": Id = SourceNumber.ReadPositive(xml.Value); break;
            case "PostTypeId" or "VoteTypeId": Type = SourceNumber.Read(xml.Value); break;
            case "OwnerUserId" or "UserId": Owner = SourceNumber.Read(xml.Value); break;
            case "OwnerDisplayName": OwnerName = xml.Value; break;
            case "ParentId" or "PostId": Target = SourceNumber.ReadPositive(xml.Value); break;
            case "CreationDate": Created = SourceDate.ReadUtc(xml.Value); break;
            case "DeletionDate": Deleted = xml.Value.Length > 0; break;
            case "Title": Title = xml.Value; break;
            case "Body" or "Text": Text = xml.Value; break;
            case "ContentLicense": Licence = xml.Value; break;
            case "DisplayName": DisplayName = xml.Value; break;
            default: Cut |= name.StartsWith(LongValueCutter.Marker, StringComparison.Ordinal); break;
        }
    }
}
