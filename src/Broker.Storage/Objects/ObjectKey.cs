using System.Buffers;

namespace Broker.Storage.Objects;

/// <summary>The name of an object: names joined by <c>/</c>. A valid key is a path below the store's root and nothing else, in every adapter.</summary>
/// <remarks>A name is 1 to 200 ASCII letters, digits, <c>-</c>, <c>_</c> and <c>.</c>, and does not begin with a dot: so no key leaves its
/// root, and adapters keep what is not whole yet under names that no key has. No key may be the folder of another
/// (<c>a</c> and <c>a/b</c>): a directory cannot hold both.</remarks>
public readonly record struct ObjectKey
{
    /// <summary>Longest key, characters: S3 allows 1,024 with the store's own prefix.</summary>
    public const int LengthMax = 800;

    /// <summary>Longest name between two slashes, characters: file systems allow 255.</summary>
    public const int NameLengthMax = 200;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>A key.</summary>
    /// <exception cref="ArgumentException">It is not valid.</exception>
    public ObjectKey(string value) => Value = IsValid(value)
        ? value
        : throw new ArgumentException($"'{value}' cannot name an object: names of letters, digits, '-', '_' and '.', joined by '/', none beginning with a dot.", nameof(value));

    /// <summary>1 to <see cref="LengthMax"/> characters.</summary>
    public string Value { get; }

    /// <summary>What stands after the last slash.</summary>
    public string Name => Value[(Value.LastIndexOf('/') + 1)..];

    /// <summary>Whether a text is a valid key.</summary>
    public static bool IsValid(string value) => value.Length is > 0 and <= LengthMax && value.Split('/').All(IsName);

    /// <summary>The text itself, where it is the beginning of a valid key or empty.</summary>
    /// <exception cref="ArgumentException">No key begins so.</exception>
    public static string Prefix(string prefix)
    {
        var names = prefix.Split('/');
        var isPrefix = prefix.Length <= LengthMax && names[..^1].All(IsName) && (names[^1].Length == 0 || IsName(names[^1]));
        return isPrefix ? prefix : throw new ArgumentException($"No object's name begins with '{prefix}'.", nameof(prefix));
    }

    /// <inheritdoc/>
    public override string ToString() => Value;

    private static bool IsName(string name) => name.Length is > 0 and <= NameLengthMax && name[0] != '.' && !name.AsSpan().ContainsAnyExcept(Allowed);
}
