using System.Buffers.Binary;
using Broker.Grains.Keys;
using Broker.Grains.Logs;
using Broker.Storage.Keys;
using Broker.Storage.Sqlite;
using Broker.Storage.Tests.Files;

namespace Broker.Storage.Tests.Keys;

public sealed class SqliteUserKeyStoreTests : UserKeyStoreConformance
{
    private readonly ScratchDirectory _directory = new();
    private SqliteUserKeyStore _store = null!;

    private SqliteSettings Settings => new(_directory.File("keys.db")) { BusyTimeout = TimeSpan.FromSeconds(1) };

    protected override Task<IUserKeyStore> OpenAsync()
    {
        _store = SqliteUserKeyStore.Open(Settings, Entropy);
        return Task.FromResult<IUserKeyStore>(_store);
    }

    protected override async Task CloseAsync() => await _store.DisposeAsync();

    protected override Task CleanAsync()
    {
        _directory.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task No_byte_of_a_destroyed_key_stays_in_the_files(int seed)
    {
        var random = new Random(seed);
        var keys = new Dictionary<(LogName Partition, int User), byte[]>();
        var destroyed = new List<byte[]>();
        var partitions = Enumerable.Range(0, 5).Select(index => new LogName($"platforms/x/partitions/{index}")).ToArray();
        var free = partitions.SelectMany(partition => Enumerable.Range(0, 1500).Select(user => (Partition: partition, User: user))).ToList();
        for (var round = 0; round < 30; round++)
        {
            foreach (var some in Take(free, 100, random).GroupBy(user => user.Partition))
            {
                foreach (var key in await _store.CreateAsync(some.Key, [.. some.Select(user => user.User)], None)) keys[(some.Key, key.User)] = key.Key.ToArray();
            }

            foreach (var some in Take(keys.Keys.ToList(), 30, random).GroupBy(user => user.Partition))
            {
                await _store.DestroyAsync(some.Key, [.. some.Select(user => user.User)], None);
                foreach (var user in some) destroyed.Add(keys.Remove(user, out var key) ? key : []);
            }

            if (round % 10 == 9) Assert.Empty(FoundInFiles(destroyed));
        }

        Assert.Equal(keys.Count, FoundInFiles(keys.Values).Distinct().Count()); // the search does find what is there
    }

    [Fact]
    public async Task A_destruction_that_a_reader_holds_up_says_so_and_succeeds_when_repeated()
    {
        var key = Assert.Single(await CreateAsync(1)).Key.ToArray();
        await CreateAsync(2);
        await using (var reader = new SqliteReader(Settings.Path))
        {
            await Assert.ThrowsAsync<UserKeysUnavailableException>(() => _store.DestroyAsync(Partition, [1], None));
            Assert.NotEmpty(FoundInFiles([key])); // that is why
        }

        await _store.DestroyAsync(Partition, [1], None);
        Assert.Empty(FoundInFiles([key]));
    }

    [Fact]
    public async Task Only_the_owner_may_read_the_files()
    {
        await CreateAsync(1);

        var files = Directory.GetFiles(_directory.Path);

        Assert.Contains(files, file => file.EndsWith("-wal", StringComparison.Ordinal));
        if (OperatingSystem.IsWindows()) return;
        foreach (var file in files) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task A_file_that_others_could_read_is_closed_to_them_when_it_is_opened()
    {
        if (OperatingSystem.IsWindows()) return;
        await CreateAsync(1);
        await _store.DisposeAsync();
        File.SetUnixFileMode(Settings.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        await OpenAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Settings.Path));
    }

    [Fact]
    public void A_key_does_not_print_itself() =>
        Assert.Equal("key of user 7", $"{new UserKey(7, new byte[UserKey.Bytes])}");

    private static T[] Take<T>(List<T> from, int count, Random random)
    {
        var taken = Enumerable.Range(0, count).Select(_ => random.Next(from.Count)).Distinct().OrderDescending().Select(index => (Index: index, Item: from[index])).ToArray();
        foreach (var (index, _) in taken) from.RemoveAt(index);
        return [.. taken.Select(item => item.Item)];
    }

    /// <summary>Which of the keys stand anywhere in the store's files: each half of a key is looked for at every byte.</summary>
    private IEnumerable<string> FoundInFiles(IEnumerable<byte[]> keys)
    {
        var halves = new Dictionary<Int128, string>();
        foreach (var key in keys)
        {
            halves[BinaryPrimitives.ReadInt128BigEndian(key)] = Convert.ToHexString(key);
            halves[BinaryPrimitives.ReadInt128BigEndian(key.AsSpan(16))] = Convert.ToHexString(key);
        }

        foreach (var path in Directory.GetFiles(_directory.Path))
        {
            var bytes = File.ReadAllBytes(path);
            for (var at = 0; at + 16 <= bytes.Length; at++)
            {
                if (halves.TryGetValue(BinaryPrimitives.ReadInt128BigEndian(bytes.AsSpan(at)), out var key)) yield return key;
            }
        }
    }
}
