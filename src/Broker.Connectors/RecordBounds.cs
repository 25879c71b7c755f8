using System.Text;
using Broker.Domain.Platforms;

namespace Broker.Connectors;

/// <summary>The bounds that every record keeps, whatever it was read from.</summary>
internal static class RecordBounds
{
    private const int IdBytesMax = 256;
    private const int TitleCharactersMax = 4_096;
    private const int LineCharactersMax = 1_024; // licence, attribution

    /// <summary>Accepts the record, or refuses it with <see cref="ImportRefusal.InvalidValue"/>.</summary>
    public static SourceItem Admit(SourceRecord record) =>
        Keeps(record) ? SourceItem.Accept(record) : SourceItem.Refuse(ImportRefusal.InvalidValue, IsId(record.Id) ? record.Id : null);

    /// <summary>Whether this can be an id: 1 to 256 UTF-8 bytes without control characters.</summary>
    public static bool IsId(string id) =>
        id.Length is > 0 and <= IdBytesMax && !HasControl(id) && Encoding.UTF8.GetByteCount(id) <= IdBytesMax;

    private static bool HasControl(string id)
    {
        foreach (var character in id)
            if (char.IsControl(character))
                return true;
        return false;
    }

    private static bool Keeps(SourceRecord record) =>
        IsId(record.Id) && IsId(record.UserId)
        && (record.TargetId.Length == 0 || IsId(record.TargetId))
        && record.Title.Length <= TitleCharactersMax
        && record.Licence.Length <= LineCharactersMax
        && record.Attribution.Length <= LineCharactersMax;
}
