using Broker.Cli;

namespace Broker.EndToEnd.Cli;

public sealed class UsageTests
{
    [Theory]
    [InlineData("nonsense")]
    [InlineData("")]
    [InlineData("platform")]
    [InlineData("platform add")]
    [InlineData("platform add x y")]
    [InlineData("platform add X")]
    [InlineData("platform add x --partitions many")]
    [InlineData("platform add x --partitions 0")]
    [InlineData("deal approve just-one-id")]
    [InlineData("deal show a/b/c")]
    [InlineData("deal propose x/d")]
    [InlineData("deal suspend x/d")]
    [InlineData("deal usage x/d --interval soon")]
    [InlineData("deal amend x/d --file f --effective tomorrow")]
    [InlineData("deal list --output xml")]
    [InlineData("deal list --request-id 7")]
    [InlineData("consent set x u maybe")]
    [InlineData("consent set x u grant --purpose fame")]
    [InlineData("consent set x u grant --kind tweet")]
    [InlineData("consent set x u grant --made-at 2026-01-31")]
    [InlineData("consent erase x u")]
    [InlineData("consent erase x u --yes false")]
    [InlineData("token mint")]
    [InlineData("token mint --role king")]
    [InlineData("partner register-run x/d run --model m --slices 0/0/1")]
    [InlineData("partner register-run x/d run --model m --slices 0/1/3-2")]
    [InlineData("partner register-run x/d run --model m --slices all")]
    [InlineData("report x")]
    public async Task A_wrong_command_line_ends_with_2_and_says_where_help_is(string line)
    {
        var run = await CliRun.Of(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(ExitCode.Usage, run.Exit);
        Assert.Empty(run.Out);
        Assert.StartsWith("USAGE: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_command_line_is_told_as_json_to_a_script()
    {
        var run = await CliRun.Of("platform", "add", "x", "--partitions", "many", "--output", "json");
        Assert.Equal((ExitCode.Usage, ""), (run.Exit, run.Out));
        Assert.Equal((2, "USAGE"), (run.JsonError.GetProperty("exit_code").GetInt32(), run.JsonError.GetProperty("reason").GetString()));
        Assert.Contains("many", run.JsonError.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("Try: broker platform add --help", run.JsonError.GetProperty("advice").GetString());
    }

    [Fact]
    public async Task Help_names_every_exit_code_and_every_group()
    {
        var help = (await CliRun.Of("--help")).Done().Out;
        foreach (var code in Enum.GetValues<ExitCode>()) Assert.Matches($@"\n\s+{(int)code}  \w", help);
        Assert.Equal(Enum.GetValues<ExitCode>().Order(), ExitCodes.All.Select(exit => exit.Code).Order());
        foreach (var group in new[] { "token", "platform", "partner", "deal", "consent", "record", "report", "audit" })
            Assert.Matches($@"\n  {group} ", help);
        Assert.DoesNotContain('\e', help);
    }

    [Fact]
    public async Task Help_says_where_a_token_comes_from() =>
        Assert.Contains("minted for this command from the key in --data", (await CliRun.Of("deal", "list", "--help")).Done().Out.ReplaceLineEndings(" "), StringComparison.Ordinal);

    [Theory]
    [InlineData("--server", "ftp://node")]
    [InlineData("--server", "not a url")]
    [InlineData("--server", "http://")]
    [InlineData("--server", "http://node.example:5270", "--token", "t")]
    public async Task An_address_that_is_none_or_would_send_a_token_in_the_clear_is_refused(params string[] options)
    {
        var run = await CliRun.Of(["deal", "list", .. options]);
        Assert.Equal(ExitCode.Usage, run.Exit);
    }

    [Fact]
    public async Task Without_a_token_or_a_key_nothing_is_called()
    {
        var run = await CliRun.Of("deal", "list", "--data", "/nonexistent");
        Assert.Equal(ExitCode.Denied, run.Exit);
        Assert.StartsWith("NO_TOKEN: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_of_this_machines_key_goes_to_no_other_machine()
    {
        var run = await CliRun.Of("deal", "list", "--server", "https://node.example");
        Assert.Equal(ExitCode.Denied, run.Exit);
        Assert.Contains("means nothing to node.example", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_is_not_there_ends_with_7_and_says_how_to_start_one()
    {
        var run = await CliRun.Of("deal", "list", "--server", "http://127.0.0.1:1", "--token", "t");
        Assert.Equal(ExitCode.Unavailable, run.Exit);
        Assert.Contains("http://127.0.0.1:1 cannot be reached", run.Error, StringComparison.Ordinal);
        Assert.Contains("broker serve", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_whose_outcome_is_unknown_says_how_to_repeat_it_once()
    {
        var id = Guid.NewGuid().ToString("D");
        var run = await CliRun.Of("deal", "approve", "x/d", "--server", "http://127.0.0.1:1", "--token", "t", "--request-id", id);
        Assert.Equal(ExitCode.Unavailable, run.Exit);
        Assert.Contains($"--request-id {id}", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_file_that_is_missing_or_empty_ends_with_9()
    {
        var missing = await CliRun.Of("deal", "list", "--token", "@/nonexistent/token");
        Assert.Equal(ExitCode.DataError, missing.Exit);
        var empty = Path.GetTempFileName();
        Assert.Equal(ExitCode.DataError, (await CliRun.Of("deal", "list", "--token", $"@{empty}")).Exit);
        File.Delete(empty);
    }

    [Fact]
    public async Task A_stopped_command_ends_with_130()
    {
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();
        var run = await CliRun.OfAsync(["deal", "list", "--server", "http://127.0.0.1:1", "--token", "t"], cancellationToken: stopped.Token);
        Assert.Equal(ExitCode.Cancelled, run.Exit);
    }
}
