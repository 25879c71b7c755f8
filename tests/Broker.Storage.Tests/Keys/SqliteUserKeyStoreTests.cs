using System.Buffers.Binary;
using Broker.Grains.Keys;
using Broker.Grains.Logs;
using Broker.Storage.Keys;
using Broker.Storage.Sqlite;
using Broker.Storage.Tests.Files;

namespace Broker.Storage.Tests.Keys;

public sealed class SqliteUserKeyStoreTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly LogName Partition = new("platforms/x/partitions/0");

    private readonly ScratchDirectory _directory = new();
    private readonly SeededEntropy _entropy = new(1);
    private SqliteUserKeyStore _store = null!;

    private SqliteSettings Settings => new(_directory.File("keys.db")) { BusyTimeout = TimeSpan.FromSeconds(1) };

    public Task InitializeAsync()
    {
        _store = SqliteUserKeyStore.Open(Settings, _entropy);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Each_user_of_each_partition_gets_a_key_of_their_own_in_the_order_asked()
    {
        var ours = await CreateAsync(5, 0, 3);
        var theirs = await _store.CreateAsync(new LogName("platforms/x/partitions/1"), [5, 0, 3], None);

        Assert.Equal([5, 0, 3], ours.Select(key => key.User));
        Assert.All(ours, key => Assert.Equal(UserKey.Bytes, key.Key.Length));
        Assert.Equal(6, ours.Concat(theirs).Select(HexOf).Distinct().Count());
    }

    [Fact]
    public async Task A_key_is_made_once_and_found_again_after_the_file_was_opened_anew()
    {
        var first = await CreateAsync(0, 1, 2);
        await ReopenAsync();

        var second = await CreateAsync(2, 3, 0);

        Assert.Equal(HexOf(first[2]), HexOf(second[0]));
        Assert.Equal(HexOf(first[0]), HexOf(second[2]));
        Assert.Equal(HexOf(first[1]), HexOf((await _store.GetAsync(Partition, 1, None))!.Value));
        Assert.Equal([0, 1, 2, 3], (await LoadAsync()).Select(key => key.User));
    }

    [Fact]
    public async Task Makers_that_race_for_one_user_get_the_same_key()
    {
        var keys = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => CreateAsync(7)));

        Assert.Single(keys.Select(made => HexOf(made[0])).Distinct());
    }

    [Fact]
    public async Task A_destroyed_key_is_gone_and_its_number_is_never_used_again()
    {
        await CreateAsync(0, 1, 2);
        await _store.DestroyAsync(Partition, [1], None);
        await ReopenAsync();

        Assert.Null(await _store.GetAsync(Partition, 1, None));
        Assert.Equal([0, 2], (await LoadAsync()).Select(key => key.User));
        await Assert.ThrowsAsync<UserKeyDestroyedException>(() => CreateAsync(3, 1, 4));
        Assert.Equal([0, 2], (await LoadAsync()).Select(key => key.User)); // none was made
        await _store.DestroyAsync(Partition, [1], None);
    }

    [Fact]
    public async Task A_number_whose_key_was_destroyed_before_it_was_made_gets_none()
    {
        await _store.DestroyAsync(Partition, [4], None);

        Assert.Null(await _store.GetAsync(Partition, 4, None));
        Assert.Empty(await LoadAsync());
    }

    [Fact]
    public async Task Negative_numbers_and_unknown_partitions_have_no_keys()
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => CreateAsync(1, -1));
        Assert.Null(await _store.GetAsync(Partition, 1, None));
        Assert.Empty(await LoadAsync());
    }

    [Fact]
    public async Task Many_keys_load_whole_and_in_order()
    {
        const int Users = 40_000;
        var made = await CreateAsync([.. Enumerable.Range(0, Users)]);
        await _store.DestroyAsync(Partition, [0, 16_383, 16_384, Users - 1], None);

        var loaded = await LoadAsync();

        Assert.Equal(made.Where(key => key.User is not (0 or 16_383 or 16_384 or Users - 1)).Select(HexOf), loaded.Select(HexOf));
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

        await InitializeAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Settings.Path));
    }

    [Fact]
    public async Task A_store_that_cannot_write_says_that_keys_are_unavailable()
    {
        await _store.DisposeAsync();

        await Assert.ThrowsAsync<UserKeysUnavailableException>(() => CreateAsync(1));
        await Assert.ThrowsAsync<UserKeysUnavailableException>(() => _store.DestroyAsync(Partition, [1], None));
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

    private static string HexOf(UserKey key) => Convert.ToHexString(key.Key.Span);

    private Task<IReadOnlyList<UserKey>> CreateAsync(params int[] users) => _store.CreateAsync(Partition, users, None);

    private async Task<List<UserKey>> LoadAsync() => await _store.LoadAsync(Partition, None).ToListAsync();

    private async Task ReopenAsync()
    {
        await _store.DisposeAsync();
        await InitializeAsync();
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
