using System.Text;
using Apache.Arrow;

namespace Broker.Storage.Segments;

/// <summary>A column of texts while a record batch is built.</summary>
internal sealed class SegmentTextColumn : IDisposable
{
    private readonly SegmentColumn _offsets = new();
    private readonly SegmentColumn _values = new();

    public SegmentTextColumn() => _offsets.Add(0);

    /// <summary>Adds a text in UTF-8.</summary>
    public void Add(ReadOnlySpan<byte> value)
    {
        _values.Add(value);
        _offsets.Add(_values.Length);
    }

    /// <summary>Adds a text.</summary>
    public void Add(string value) => Add(Encoding.UTF8.GetBytes(value));

    /// <summary>The column; valid until <see cref="Clear"/>.</summary>
    public StringArray Build(int rows) => new(rows, _offsets.Buffer, _values.Buffer, ArrowBuffer.Empty);

    /// <summary>Begins anew.</summary>
    public void Clear()
    {
        _values.Clear();
        _offsets.Clear();
        _offsets.Add(0);
    }

    public void Dispose()
    {
        _offsets.Dispose();
        _values.Dispose();
    }
}
