using Broker.Grains.Keys;
using Broker.Grains.Logs;

namespace Broker.Storage.Tests.Keys;

/// <summary>What every <see cref="IUserKeyStore"/> must do; a test class of each adapter derives it.</summary>
public abstract class UserKeyStoreConformance : IAsyncLifetime
{
    private protected static readonly CancellationToken None = CancellationToken.None;
    private protected static readonly LogName Partition = new("platforms/x/partitions/0");

    private protected IUserKeyStore Store { get; private set; } = null!;

    private protected SeededEntropy Entropy { get; } = new(1);

    private bool _isOpen;

    public async Task InitializeAsync()
    {
        Store = await OpenAsync();
        _isOpen = true;
    }

    public async Task DisposeAsync()
    {
        if (_isOpen) await CloseAsync();
        await CleanAsync();
    }

    [SkippableFact]
    public async Task Each_user_of_each_partition_gets_a_key_of_their_own_in_the_order_asked()
    {
        var ours = await CreateAsync(5, 0, 3);
        var theirs = await Store.CreateAsync(new LogName("platforms/x/partitions/1"), [5, 0, 3], None);

        Assert.Equal([5, 0, 3], ours.Select(key => key.User));
        Assert.All(ours, key => Assert.Equal(UserKey.Bytes, key.Key.Length));
        Assert.Equal(6, ours.Concat(theirs).Select(HexOf).Distinct().Count());
    }

    [SkippableFact]
    public async Task A_key_is_made_once_and_found_again_after_the_store_was_opened_anew()
    {
        var first = await CreateAsync(0, 1, 2);
        await ReopenAsync();

        var second = await CreateAsync(2, 3, 0);

        Assert.Equal(HexOf(first[2]), HexOf(second[0]));
        Assert.Equal(HexOf(first[0]), HexOf(second[2]));
        Assert.Equal(HexOf(first[1]), HexOf((await Store.GetAsync(Partition, 1, None))!.Value));
        Assert.Equal([0, 1, 2, 3], (await LoadAsync()).Select(key => key.User));
    }

    [SkippableFact]
    public async Task Makers_that_race_for_one_user_get_the_same_key()
    {
        var keys = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => CreateAsync(7)));

        Assert.Single(keys.Select(made => HexOf(made[0])).Distinct());
    }

    [SkippableFact]
    public async Task A_destroyed_key_is_gone_and_its_number_is_never_used_again()
    {
        await CreateAsync(0, 1, 2);
        await Store.DestroyAsync(Partition, [1], None);
        await ReopenAsync();

        Assert.Null(await Store.GetAsync(Partition, 1, None));
        Assert.Equal([0, 2], (await LoadAsync()).Select(key => key.User));
        await Assert.ThrowsAsync<UserKeyDestroyedException>(() => CreateAsync(3, 1, 4));
        Assert.Equal([0, 2], (await LoadAsync()).Select(key => key.User)); // none was made
        await Store.DestroyAsync(Partition, [1], None);
    }

    [SkippableFact]
    public async Task The_numbers_of_destroyed_keys_are_told_in_order_and_those_of_no_other_partition()
    {
        Assert.Empty(await Store.ListDestroyedAsync(Partition, None));
        await CreateAsync(0, 1, 2, 3, 7);
        await Store.CreateAsync(new LogName("platforms/x/partitions/1"), [0, 1], None);

        await Store.DestroyAsync(Partition, [7, 2, 5], None);
        await Store.DestroyAsync(new LogName("platforms/x/partitions/1"), [1], None);
        await ReopenAsync();

        Assert.Equal([2, 7], await Store.ListDestroyedAsync(Partition, None)); // 5 never had one
    }

    [SkippableFact]
    public async Task A_number_whose_key_was_destroyed_before_it_was_made_gets_none()
    {
        await Store.DestroyAsync(Partition, [4], None);

        Assert.Null(await Store.GetAsync(Partition, 4, None));
        Assert.Empty(await LoadAsync());
    }

    [SkippableFact]
    public async Task Negative_numbers_and_unknown_partitions_have_no_keys()
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => CreateAsync(1, -1));
        Assert.Null(await Store.GetAsync(Partition, 1, None));
        Assert.Empty(await LoadAsync());
    }

    [SkippableFact]
    public async Task Many_keys_load_whole_and_in_order()
    {
        const int Users = 40_000;
        var made = await CreateAsync([.. Enumerable.Range(0, Users)]);
        await Store.DestroyAsync(Partition, [0, 16_383, 16_384, Users - 1], None);

        var loaded = await LoadAsync();

        Assert.Equal(made.Where(key => key.User is not (0 or 16_383 or 16_384 or Users - 1)).Select(HexOf), loaded.Select(HexOf));
    }

    [SkippableFact]
    public async Task A_store_that_cannot_write_says_that_keys_are_unavailable()
    {
        await CloseAsync();

        await Assert.ThrowsAsync<UserKeysUnavailableException>(() => CreateAsync(1));
        await Assert.ThrowsAsync<UserKeysUnavailableException>(() => Store.DestroyAsync(Partition, [1], None));
    }

    /// <summary>Opens the store over its data; the first time there is none.</summary>
    protected abstract Task<IUserKeyStore> OpenAsync();

    /// <summary>Closes it; its data stays.</summary>
    protected abstract Task CloseAsync();

    /// <summary>Removes its data.</summary>
    protected abstract Task CleanAsync();

    private protected Task<IReadOnlyList<UserKey>> CreateAsync(params int[] users) => Store.CreateAsync(Partition, users, None);

    private protected static string HexOf(UserKey key) => Convert.ToHexString(key.Key.Span);

    private async Task<List<UserKey>> LoadAsync() => await Store.LoadAsync(Partition, None).ToListAsync();

    private async Task ReopenAsync()
    {
        await CloseAsync();
        await InitializeAsync();
    }
}
