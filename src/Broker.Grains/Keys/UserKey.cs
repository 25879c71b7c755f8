namespace Broker.Grains.Keys;

/// <summary>The key under which one user's identifiers are sealed.</summary>
/// <param name="User">The user's dense number in the partition.</param>
/// <param name="Key">32 bytes; never logged.</param>
public readonly record struct UserKey(int User, ReadOnlyMemory<byte> Key)
{
    /// <summary>Bytes of a key.</summary>
    public const int Bytes = 32;

    /// <inheritdoc/>
    public override string ToString() => $"key of user {User}";
}
