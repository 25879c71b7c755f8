using System.Buffers.Binary;
using System.Text;

namespace Broker.Connectors.StackExchange;

/// <summary>The accounts of a <c>Users.xml</c>, on disk while a dump is read: which exist, and their names.</summary>
/// <remarks>Two files. In <c>slots</c>, user n has the 8 bytes at 8n: where its name lies, its length, and a bit that says that
/// it exists. <c>names</c> holds the names one after another. Memory: one block of each, whatever the number of users. Disk:
/// at most 8 bytes times <see cref="ConnectorOptions.UserNumberMax"/>, and the names. Rows may come in any order; in the
/// dump's order (by number) each block is written once.</remarks>
internal sealed class UserIndex : IDisposable
{
    private const int SlotBytes = 8;
    private const int BlockBytes = 4_096; // a page: lookups come in no order
    private const int NameBytesMax = 1_023; // 10 bits of a slot; a display name has at most 40 characters
    private const int LengthBits = 10;
    private const int NamesBufferBytes = 65_536;

    private readonly FileStream _slots, _names;
    private readonly byte[] _block = new byte[BlockBytes];
    private readonly byte[] _name = new byte[NameBytesMax];
    private readonly int _userNumberMax;
    private long _blockIndex = -1;
    private bool _blockChanged;
    private long _namesLength;

    private UserIndex(ConnectorOptions options)
    {
        _userNumberMax = options.UserNumberMax;
        _slots = Temporary(options.TemporaryDirectory);
        _names = Temporary(options.TemporaryDirectory);
    }

    /// <summary>Reads a <c>Users.xml</c>; disposes the stream.</summary>
    /// <exception cref="ConnectorException">The file is damaged, or a number is above <see cref="ConnectorOptions.UserNumberMax"/>.</exception>
    public static UserIndex Build(Stream stream, string file, ConnectorOptions options)
    {
        UserIndex? index = null;
        try
        {
            index = new UserIndex(options);
            foreach (var row in DumpRows.Read(stream, file, "users", options))
            {
                if (row.Id is { } id) index.Add(id, row.DisplayName, file); // the site's own account is -1
            }
            index._names.Flush();
            return index;
        }
        catch (Exception e)
        {
            index?.Dispose();
            stream.Dispose();
            if (e is IOException or UnauthorizedAccessException) throw NoRoom(options, e);
            throw;
        }
    }

    /// <summary>Whether the account exists.</summary>
    public bool Contains(long user) => Slot(user) != 0;

    /// <summary>The account's display name; null when it does not exist.</summary>
    public string? NameOf(long user)
    {
        var slot = Slot(user);
        if (slot == 0) return null;
        var length = (int)((slot >> 1) & NameBytesMax);
        var read = RandomAccess.Read(_names.SafeFileHandle, _name.AsSpan(0, length), slot >> (1 + LengthBits));
        return Encoding.UTF8.GetString(_name, 0, read);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _slots.Dispose();
        _names.Dispose();
    }

    private void Add(long user, string name, string file)
    {
        if (user > _userNumberMax)
            throw new ConnectorException($"A user has the number {user}, and the index ends at {_userNumberMax}.", "Raise the connector option UserNumberMax if the site is that large.", file);
        var bytes = Encoding.UTF8.GetBytes(name);
        var length = Math.Min(bytes.Length, NameBytesMax);
        Load(user);
        BinaryPrimitives.WriteInt64LittleEndian(InBlock(user), (_namesLength << (1 + LengthBits)) | ((long)length << 1) | 1);
        _blockChanged = true;
        _names.Write(bytes, 0, length);
        _namesLength += length;
    }

    private long Slot(long user)
    {
        if (user <= 0 || user > _userNumberMax) return 0;
        Load(user);
        return BinaryPrimitives.ReadInt64LittleEndian(InBlock(user));
    }

    private Span<byte> InBlock(long user) => _block.AsSpan((int)(user * SlotBytes % BlockBytes), SlotBytes);

    private void Load(long user)
    {
        var index = user * SlotBytes / BlockBytes;
        if (index == _blockIndex) return;
        if (_blockChanged) RandomAccess.Write(_slots.SafeFileHandle, _block, _blockIndex * BlockBytes);
        _blockChanged = false;
        var read = RandomAccess.Read(_slots.SafeFileHandle, _block, index * BlockBytes); // beyond the end: nothing
        _block.AsSpan(read).Clear();
        _blockIndex = index;
    }

    private static FileStream Temporary(string directory)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.DeleteOnClose,
            BufferSize = NamesBufferBytes,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(Path.Combine(directory, $"broker-users-{Path.GetRandomFileName()}"), options);
    }

    private static ConnectorException NoRoom(ConnectorOptions options, Exception e) =>
        new($"The index of the users cannot be written: {e.Message}", "Make room there, or choose another TemporaryDirectory.", options.TemporaryDirectory, inner: e);
}
