using Broker.Cli;
using Broker.Gateway.Identity;
using Broker.Hosting.DataDirectories;
using Broker.TestKit.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Broker.EndToEnd.Cli;

public sealed class TokenTests : IDisposable
{
    private readonly TemporaryDirectory _data = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task A_minted_token_is_the_only_thing_on_stdout_and_says_who_calls()
    {
        using var identity = Key();
        var token = (await MintAsync("--role", "business", "--role", "approver", "--platform", "x", "--as", "carol")).Done().Out;
        Assert.Equal(token.Trim() + Environment.NewLine, token);
        var caller = await identity.ValidateAsync(token.Trim());
        Assert.Equal(("carol", Roles.Business | Roles.Approver, "x"), (caller!.Subject, caller.Roles, caller.Platform));
        Assert.Equal(_time.GetUtcNow().AddHours(1), caller.ExpiresAt);
    }

    [Theory]
    [InlineData("90s", 90)]
    [InlineData("15m", 900)]
    [InlineData("30d", 2_592_000)]
    public async Task Its_life_is_what_was_asked_for(string ttl, int seconds)
    {
        using var identity = Key();
        var run = (await MintAsync("--role", "partner", "--partner", "partners/lab", "--ttl", ttl, "--output", "json")).Done();
        var caller = await identity.ValidateAsync(run.Json.GetProperty("token").GetString()!);
        Assert.Equal(("lab", _time.GetUtcNow().AddSeconds(seconds)), (caller!.Partner, caller.ExpiresAt));
        Assert.Equal(("ann", "partner"), (run.Json.GetProperty("subject").GetString(), run.Json.GetProperty("roles")[0].GetString()));
        Assert.Equal(_time.GetUtcNow().AddSeconds(seconds), run.Json.GetProperty("expire_time").GetDateTimeOffset());
    }

    [Theory]
    [InlineData("--role", "user", "--platform", "x")]
    [InlineData("--role", "business")]
    [InlineData("--role", "partner")]
    [InlineData("--role", "operator", "--ttl", "31d")]
    [InlineData("--role", "operator", "--ttl", "0s")]
    public async Task A_role_without_its_tenant_or_a_life_out_of_range_is_refused(params string[] options)
    {
        using var identity = Key();
        Assert.Equal(ExitCode.Usage, (await MintAsync(options)).Exit);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_minted_and_none_is_made()
    {
        var run = await MintAsync("--role", "operator");
        Assert.Equal(ExitCode.DataError, run.Exit);
        Assert.Contains("broker serve", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_data.Path));
    }

    [SkippableFact]
    public async Task A_key_that_others_may_read_mints_nothing()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no modes.");
        Key().Dispose();
        var key = Directory.EnumerateFiles(DataDirectory.IdentityDirectoryOf(_data.Path)).Single();
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        var run = await MintAsync("--role", "operator");
        Assert.Equal((ExitCode.Denied, ""), (run.Exit, run.Out));
        Assert.Contains("chmod 600", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_none_mints_nothing()
    {
        Key().Dispose();
        var key = Directory.EnumerateFiles(DataDirectory.IdentityDirectoryOf(_data.Path)).Single();
        await File.WriteAllTextAsync(key, "no key");
        Assert.Equal(ExitCode.Denied, (await MintAsync("--role", "operator")).Exit);
    }

    private EmbeddedIdentity Key() => EmbeddedIdentity.Open(DataDirectory.IdentityDirectoryOf(_data.Path), _time);

    private Task<CliRun> MintAsync(params string[] options) => CliRun.OfAsync(["token", "mint", "--data", _data.Path, .. options], time: _time);
}
