using System.Text;

namespace Broker.Storage.Imports;

/// <summary>What an import says of one id in the end: its last item counts. However often an id comes, one item of it is held.</summary>
/// <param name="first">The first item.</param>
/// <param name="isHeld">Whether the bytes of items hold as long as this; else a later one is copied.</param>
internal sealed class FinalItem(ReadOnlyMemory<byte> first, bool isHeld)
{
    /// <summary>The last item.</summary>
    public ReadOnlyMemory<byte> Last { get; private set; } = first;

    /// <summary>How often the last record came besides, without another one between.</summary>
    public long Copies { get; private set; }

    /// <summary>Records before it that say something else. Refused rows are counted under their own reason.</summary>
    public long Superseded { get; private set; }

    /// <summary>The id.</summary>
    public string Id => Encoding.UTF8.GetString(new SpooledRecord(Last.Span).Id);

    /// <summary>Whether a later item speaks of the same id.</summary>
    public bool IsOf(SpooledRecord next) => new SpooledRecord(Last.Span).Id.SequenceEqual(next.Id);

    /// <summary>A later item of the same id came.</summary>
    public void Follow(ReadOnlyMemory<byte> item)
    {
        var last = new SpooledRecord(Last.Span);
        if (last.IsRecord && last.IsSame(new SpooledRecord(item.Span)))
        {
            Copies++;
            return;
        }

        if (last.IsRecord) Superseded += Copies + 1;
        Copies = 0;
        Last = isHeld ? item : item.ToArray();
    }
}
