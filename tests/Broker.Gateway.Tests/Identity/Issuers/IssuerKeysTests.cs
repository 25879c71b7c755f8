using Broker.Gateway.Identity.Issuers;
using Broker.TestKit.Issuers;

namespace Broker.Gateway.Tests.Identity.Issuers;

/// <summary>When an issuer's keys are read, and what counts while they cannot be.</summary>
public sealed class IssuerKeysTests : IAsyncLifetime
{
    private static readonly TimeSpan Pause = new OidcOptions().RefreshPause;
    private static readonly TimeSpan Interval = new OidcOptions().RefreshInterval;

    private IssuerWorld _world = null!;

    public async Task InitializeAsync() => _world = await IssuerWorld.StartAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task Many_first_tokens_at_once_read_the_keys_once()
    {
        var identity = _world.Identity();
        var tokens = Enumerable.Range(0, 50).Select(number => _world.Token(new(IssuerWorld.Admin()) { ["jti"] = $"{number}" })).ToList();
        var callers = await Task.WhenAll(tokens.Select(token => Task.Run(async () => await identity.ValidateAsync(token))));
        Assert.All(callers, Assert.NotNull);
        Assert.Equal(1, _world.Issuer.ReadCount);
    }

    [Fact]
    public async Task The_first_token_of_a_new_key_is_taken()
    {
        var identity = _world.Identity();
        Assert.NotNull(await identity.ValidateAsync(_world.Token()));
        var second = ForeignIssuer.NewRsa("second");
        _world.Issuer.Publish(_world.Key, second);
        _world.Time.Advance(Pause);
        Assert.NotNull(await identity.ValidateAsync(_world.Token(key: second)));
        Assert.NotNull(await identity.ValidateAsync(_world.Token()));
        Assert.Equal(2, _world.Issuer.ReadCount);
    }

    [Fact]
    public async Task Unknown_keys_make_it_read_once_in_each_pause()
    {
        var identity = _world.Identity();
        Assert.NotNull(await identity.ValidateAsync(_world.Token()));
        for (var pause = 1; pause <= 3; pause++)
        {
            _world.Time.Advance(Pause);
            for (var number = 0; number < 20; number++)
                Assert.Null(await identity.ValidateAsync(_world.Token(key: ForeignKeys[number])));
            Assert.Equal(1 + pause, _world.Issuer.ReadCount);
        }
    }

    [Fact]
    public async Task A_forged_token_of_a_known_key_makes_it_read_nothing()
    {
        var identity = _world.Identity();
        Assert.NotNull(await identity.ValidateAsync(_world.Token()));
        _world.Time.Advance(Pause);
        Assert.Null(await identity.ValidateAsync(_world.Token(key: ForeignIssuer.NewRsa(_world.Key.KeyId))));
        Assert.Equal(1, _world.Issuer.ReadCount);
    }

    [Fact]
    public async Task A_key_that_the_issuer_withdraws_counts_no_more_after_the_interval_nor_do_its_verified_tokens()
    {
        var identity = _world.Identity();
        var token = _world.Token(change: descriptor => descriptor.Expires = _world.Time.GetUtcNow().AddDays(1).UtcDateTime);
        Assert.NotNull(await identity.ValidateAsync(token));
        _world.Issuer.Publish(ForeignIssuer.NewRsa("second"));
        _world.Time.Advance(Interval - TimeSpan.FromSeconds(1));
        Assert.NotNull(await identity.ValidateAsync(token));
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await identity.ValidateAsync(token));
    }

    [Fact]
    public async Task An_issuer_that_never_answered_leaves_everything_open()
    {
        var identity = _world.Identity(options => options.Issuer = IssuerWorld.NobodyThere);
        var token = _world.Token(change: descriptor => descriptor.Issuer = IssuerWorld.NobodyThere);
        var unreachable = await Assert.ThrowsAsync<IssuerUnreachableException>(async () => await identity.ValidateAsync(token));
        Assert.Equal(Pause, unreachable.RetryDelay);
        Assert.NotNull(unreachable.InnerException);
    }

    [Fact]
    public async Task An_issuer_that_answers_again_is_asked_after_a_pause()
    {
        var identity = _world.Identity();
        _world.Issuer.IsDown = true;
        await Assert.ThrowsAsync<IssuerUnreachableException>(async () => await identity.ValidateAsync(_world.Token()));
        _world.Issuer.IsDown = false;
        await Assert.ThrowsAsync<IssuerUnreachableException>(async () => await identity.ValidateAsync(_world.Token()));
        _world.Time.Advance(Pause);
        Assert.NotNull(await identity.ValidateAsync(_world.Token()));
    }

    [Fact]
    public async Task Keys_that_are_known_count_for_a_day_without_the_issuer_and_no_longer()
    {
        var identity = _world.Identity();
        Assert.NotNull(await identity.ValidateAsync(_world.Token()));
        _world.Issuer.IsDown = true;
        _world.Time.Advance(TimeSpan.FromDays(1));
        Assert.NotNull(await identity.ValidateAsync(_world.Token()));
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<IssuerUnreachableException>(async () => await identity.ValidateAsync(_world.Token()));
    }

    [Fact]
    public async Task Whether_an_unknown_key_is_the_issuers_stays_open_while_it_cannot_be_asked()
    {
        var identity = _world.Identity();
        Assert.NotNull(await identity.ValidateAsync(_world.Token()));
        _world.Issuer.IsDown = true;
        _world.Time.Advance(Pause);
        await Assert.ThrowsAsync<IssuerUnreachableException>(async () => await identity.ValidateAsync(_world.Token(key: ForeignKeys[0])));
        Assert.NotNull(await identity.ValidateAsync(_world.Token()));
    }

    [Fact]
    public async Task Discovery_that_speaks_for_another_issuer_is_not_believed()
    {
        _world.Issuer.ClaimedIssuer = "https://issuer.example";
        await AssertNotBelievedAsync();
    }

    [Theory]
    [InlineData("http://issuer.example/keys")]
    [InlineData("ftp://127.0.0.1/keys")]
    [InlineData("keys")]
    public async Task Keys_that_would_come_in_the_clear_are_not_fetched(string address)
    {
        _world.Issuer.ClaimedKeys = address;
        await AssertNotBelievedAsync();
    }

    [Fact]
    public async Task Discovery_that_leads_elsewhere_is_not_followed()
    {
        _world.Issuer.IsRedirecting = true;
        await AssertNotBelievedAsync();
    }

    [Fact]
    public async Task A_weak_key_is_none()
    {
        var weak = ForeignIssuer.NewRsa("weak", bits: 1024);
        _world.Issuer.Publish(weak, _world.Key);
        Assert.NotNull(await _world.Identity().ValidateAsync(_world.Token()));
        _world.Issuer.Publish(weak);
        await AssertNotBelievedAsync();
    }

    private static readonly IReadOnlyList<Microsoft.IdentityModel.Tokens.SecurityKey> ForeignKeys = Foreign();

    // One key pair under many names: what counts here is the name.
    private static IReadOnlyList<Microsoft.IdentityModel.Tokens.SecurityKey> Foreign()
    {
        var pair = ForeignIssuer.NewRsa("foreign");
        return [.. Enumerable.Range(0, 20).Select(number => new Microsoft.IdentityModel.Tokens.RsaSecurityKey(pair.Rsa) { KeyId = $"foreign-{number}" })];
    }

    private async Task AssertNotBelievedAsync() =>
        await Assert.ThrowsAsync<IssuerUnreachableException>(async () => await _world.Identity().ValidateAsync(_world.Token()));
}
