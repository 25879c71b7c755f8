using System.Xml;

namespace Broker.Connectors.Xml;

/// <summary>A name table with an end: the reader keeps each distinct name for ever, and a hostile file could bring a new one
/// in every row.</summary>
internal sealed class BoundedNames : XmlNameTable
{
    private const int NamesMax = 10_000; // real exports have fewer than a hundred
    private readonly NameTable _names = new();
    private int _count;

    /// <inheritdoc/>
    public override string Add(char[] array, int offset, int length) =>
        _names.Get(array, offset, length) ?? Count(_names.Add(array, offset, length));

    /// <inheritdoc/>
    public override string Add(string array) => _names.Get(array) ?? Count(_names.Add(array));

    /// <inheritdoc/>
    public override string? Get(char[] array, int offset, int length) => _names.Get(array, offset, length);

    /// <inheritdoc/>
    public override string? Get(string array) => _names.Get(array);

    private string Count(string name) =>
        ++_count <= NamesMax ? name : throw new InvalidDataException($"The file uses more than {NamesMax} names of tags and attributes.");
}
