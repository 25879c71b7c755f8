using System.Globalization;
using System.Text.Json;
using Broker.Cli;

namespace Broker.EndToEnd.Demo;

public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_keeps_every_promise_and_says_so_to_a_script()
    {
        var summary = await RunAsync("demo", "--output", "json");

        Assert.True(summary.GetProperty("audit").GetProperty("ok").GetBoolean());
        Assert.Equal(6, summary.GetProperty("platforms").GetArrayLength());
        Assert.Equal("NO_WAY_TO_OBJECT", Of(summary, "platforms", "platform", "x").GetProperty("policy_refused").GetString());
        Assert.Equal(18, Of(summary, "platforms", "platform", "linkedin").GetProperty("in_excluded_regions").GetInt32());
        Assert.All(summary.GetProperty("deals").EnumerateArray(), deal => Assert.Equal(deal.GetProperty("awaits").GetString()!.Length == 0, Number(deal, "records") > 0));

        var withdrawal = summary.GetProperty("withdrawal");
        var (held, before, after) = (Number(withdrawal, "records_of_user"), Number(withdrawal, "received_before"), Number(withdrawal, "received_after"));
        Assert.InRange(before + after, 1, held - 1);
        Assert.Equal(0, Number(withdrawal, "received_by_next_pull"));
        var answers = withdrawal.GetProperty("recalls").EnumerateArray().Select(recall => recall.GetProperty("answer").GetString()).Order();
        Assert.Equal(["deleted", "retained-in-model"], answers);
    }

    [Theory]
    [InlineData(new[] { "demo", "--from", "nowhere.xml", "--format", "stackexchange" }, ExitCode.DataError)]
    [InlineData(new[] { "demo", "--from", "nowhere.xml" }, ExitCode.Usage)]
    [InlineData(new[] { "demo", "--format", "pdf" }, ExitCode.Usage)]
    internal async Task A_wrong_argument_is_refused_before_anything_starts(string[] arguments, ExitCode expected)
    {
        using var error = new StringWriter();
        Assert.Equal((int)expected, await new CliApp(CliHost.Over(TextWriter.Null, error, _ => null)).RunAsync(arguments, CancellationToken.None));
        Assert.NotEmpty(error.ToString());
    }

    private static async Task<JsonElement> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exit = await new CliApp(CliHost.Over(output, error, _ => null)).RunAsync(arguments, CancellationToken.None);
        Assert.True(exit == 0, error.ToString());
        return JsonDocument.Parse(output.ToString()).RootElement;
    }

    // 64-bit numbers are strings in proto3 JSON: JSON's own numbers are not exact.
    private static long Number(JsonElement element, string name) => long.Parse(element.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);

    private static JsonElement Of(JsonElement summary, string list, string key, string value) =>
        summary.GetProperty(list).EnumerateArray().Single(entry => entry.GetProperty(key).GetString() == value);
}
