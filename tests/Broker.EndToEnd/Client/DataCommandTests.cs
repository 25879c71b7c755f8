using System.Text.Json;
using Broker.Gateway.Identity;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;

namespace Broker.EndToEnd.Client;

/// <summary>The commands that move data, against a node.</summary>
public sealed class DataCommandTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private TestNode _node = null!;

    private string Out => Path.Combine(_directory.Path, "out");

    public async Task InitializeAsync()
    {
        _node = await TestNode.StartAsync();
        await _node.Calls.AddPlatformAsync(partitionCount: 2);
    }

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task From_an_export_and_a_settings_file_to_a_partners_files_and_back_by_recall()
    {
        await _node.Calls.AddDealAsync("lab", "pact");
        var export = FileOf("posts.ndjson", [.. Enumerable.Range(0, 30).Select(index => Line($"post-{index}", $"user-{index % 3}")), Line("draft", "user-0", "draft")]);
        var ingested = await RunAsync("ingest", "acme/posts", export, "--format", "ndjson");
        Assert.Equal((0, "31", "30"), (ingested.ExitCode, Text(ingested.Json, "read_count"), Text(ingested.Json, "added_count")));
        Assert.Equal(("IMPORT_REFUSAL_REASON_DRAFT", "1"), (Text(ingested.Json.GetProperty("refused")[0], "reason"), Text(ingested.Json.GetProperty("refused")[0], "count")));
        Assert.Equal("30", Text((await RunAsync("ingest", "acme/posts", export, "--format", "ndjson")).Json, "unchanged_count"));

        var consents = FileOf("consents.ndjson", [.. new[] { "user-0", "user-1" }.Select(user => Consent(user, "grant", "2021-01-01T00:00:00Z"))]);
        Assert.Equal((0, "2"), ((await RunAsync("consent", "import", "acme", consents)).ExitCode, Text((await RunAsync("consent", "import", "acme", consents)).Json, "accepted_count")));

        var pulled = await RunAsync("pull", "acme/pact", "--out", Out, "--slice-records", "4");
        Assert.Equal((0, "20", "FINISHED"), (pulled.ExitCode, Text(pulled.Json, "record_count"), Text(pulled.Json, "reason")));
        Assert.Equal(Posts(index => index % 3 < 2), Ids());
        Assert.Equal("0", Text((await RunAsync("pull", "acme/pact", "--out", Out)).Json, "record_count"));
        Assert.Equal(0, (await _node.Calls.UsageAsync("platforms/acme/deals/pact", "lab")).UncertainRecordCount);

        await _node.Calls.DecideAsync("user-1", ConsentChoice.Withdraw, TestCalls.Past.AddYears(2));
        var listed = await RunAsync("recall", "list", "acme/pact");
        Assert.Equal(("RECALL_CAUSE_WITHDRAWAL", "user-1"), (Text(listed.Json.GetProperty("recalls")[0], "cause"), Text(listed.Json.GetProperty("recalls")[0], "author")));
        var applied = await RunAsync("recall", "apply", Out);
        Assert.Equal((0, "10"), (applied.ExitCode, Text(applied.Json, "deleted_record_count")));
        Assert.Equal(Posts(index => index % 3 == 0), Ids());
        Assert.Equal(0, (await RunAsync("recall", "list", "acme/pact")).Json.GetProperty("recalls").GetArrayLength());
        var report = (await _node.Calls.Reports.GetUserReportAsync(new GetUserReportRequest { User = "platforms/acme/users/user-1" }, _node.Calls.AsUser("user-1"))).Report;
        Assert.Equal((10, 10, false), (report.Deliveries.Single().RecordCount, report.Deliveries.Single().DeletedCount, report.Deliveries.Single().IsHeld));
    }

    [Fact]
    public async Task Arrow_files_are_pulled_and_recalled_and_what_a_run_consumed_is_answered_with_it()
    {
        await _node.Calls.AddDealAsync("lab", "pact");
        await _node.Calls.ImportAsync(Enumerable.Range(0, 6).Select(index => TestCalls.Post($"post-{index}", "user-0", "words")));
        await _node.Calls.DecideAsync("user-0", ConsentChoice.Grant, TestCalls.Past);
        Assert.Equal(0, (await RunAsync("pull", "acme/pact", "--out", Out, "--format", "arrow")).ExitCode);
        var slice = System.Array.ConvertAll(Path.GetFileNameWithoutExtension(Directory.GetFiles(Out, "*.arrow").Single()).Split('-'), part => int.Parse(part[1..]));
        Assert.Equal(0, (await RunAsync("partner", "register-run", "acme/pact", "run-1", "--model", "m", "--slices", $"{slice[0]}/{slice[1]}/{slice[2]}")).ExitCode);
        await _node.Calls.DecideAsync("user-0", ConsentChoice.Withdraw, TestCalls.Past.AddYears(2));

        var open = await RunAsync("recall", "apply", Out);
        Assert.Equal(5, open.ExitCode);
        Assert.Contains("run-1", Text(open.Json.GetProperty("recalls")[0], "open_reason"));
        var answered = await RunAsync("recall", "apply", Out, "--training-run", "run-1");
        Assert.Equal((0, "RECALL_VERDICT_RETAINED_IN_MODEL"), (answered.ExitCode, Text(answered.Json.GetProperty("recalls")[0].GetProperty("recall").GetProperty("answer"), "verdict")));
        var again = await RunAsync("recall", "answer", Text(answered.Json.GetProperty("recalls")[0].GetProperty("recall"), "name"), "--verdict", "legal-hold", "--reference", "case 1");
        Assert.Equal((0, "case 1"), (again.ExitCode, Text(again.Json.GetProperty("answer"), "legal_hold_reference")));
    }

    [Fact]
    public async Task A_full_quota_ends_the_pull_with_its_own_exit_code_and_what_came_is_kept()
    {
        await _node.Calls.AddDealAsync("lab", "pact", TestCalls.Records(3));
        await _node.Calls.ImportAsync(Enumerable.Range(0, 6).Select(index => TestCalls.Post($"post-{index}", "user-0", "words")));
        await _node.Calls.DecideAsync("user-0", ConsentChoice.Grant, TestCalls.Past);
        var pulled = await RunAsync("pull", "acme/pact", "--out", Out);
        Assert.Equal((6, "3", "records/term"), (pulled.ExitCode, Text(pulled.Json, "record_count"), Text(pulled.Json, "exhausted_limit")));
        Assert.Equal(3, Ids().Count());
        var refused = await RunAsync("pull", "acme/pact", "--out", Out);
        Assert.Equal((6, "QUOTA_EXCEEDED"), (refused.ExitCode, Text(refused.ErrorJson, "reason")));
    }

    [Fact]
    public async Task Bad_lines_of_a_settings_file_are_told_with_their_numbers_and_the_good_ones_are_taken_in()
    {
        var file = FileOf(
            "consents.ndjson",
            [
                Consent("user-1", "grant", "2021-01-01T00:00:00Z"),
                "",
                "{\"user\":",
                Consent("user-2", "perhaps", "2021-01-01T00:00:00Z"),
                Consent("user-3", "grant", "yesterday"),
                Consent("user-4", "grant", null),
                """{"user":"user-5","decision":"withdraw","made_at":"2999-01-01T00:00:00Z"}""",
                """{"usr":"user-6"}""",
                """{"user":"user-7","purpose":"evaluation"}""",
                $$"""{"user":"{{new string('x', 70_000)}}"}""",
                """{"user":"user-8"}""",
                """{"user":"user-9","user":"user-10"}""",
                """{"user":"user-11","notified_at":"2021-01-01T00:00:00Z","jurisdiction":"IE"}""",
                """{"user":"user-12","decision":"grant","purpose":["evaluation","fine-tuning"],"kind":"post","partner":"lab","made_at":"2021-01-01T00:00:00-05:00"}""",
            ]);
        var run = await RunAsync("consent", "import", "acme", file);
        Assert.Equal((9, "13", "3", "10"), (run.ExitCode, Text(run.Json, "line_count"), Text(run.Json, "accepted_count"), Text(run.Json, "refused_count")));
        Assert.Equal(
            ["3 ", "4 decision", "5 made_at", "6 made_at", "7 decision.made_time", "8 user", "8 usr", "9 purpose", "10 ", "11 ", "12 "],
            run.Json.GetProperty("refused_lines").EnumerateArray().Select(line => $"{Text(line, "line")} {Text(line, "field")}").OrderBy(text => int.Parse(text.Split(' ')[0])).ThenBy(text => text));
        var consent = (await _node.Calls.Consents.GetConsentAsync(new GetConsentRequest { User = "platforms/acme/users/user-12" }, _node.Calls.AsPlatform(Roles.PlatformAdmin))).Consent;
        var decision = Assert.Single(consent.Decisions);
        Assert.Equal((2, RecordKind.Post, "partners/lab", ConsentSource.SettingsImport), (decision.Purposes.Count, decision.Kinds.Single(), decision.Partner, decision.Source));
    }

    [Fact]
    public async Task A_decision_without_its_time_counts_as_of_the_file()
    {
        var file = FileOf("consents.ndjson", [Consent("user-1", "grant", null)]);
        Assert.Equal(0, (await RunAsync("consent", "import", "acme", file, "--as-of", "2022-02-02T00:00:00Z")).ExitCode);
        var consent = (await _node.Calls.Consents.GetConsentAsync(new GetConsentRequest { User = "platforms/acme/users/user-1" }, _node.Calls.AsPlatform(Roles.PlatformAdmin))).Consent;
        Assert.Equal(new DateTimeOffset(2022, 2, 2, 0, 0, 0, TimeSpan.Zero), consent.Decisions.Single().MadeTime.ToDateTimeOffset());
    }

    [Fact]
    public async Task Files_that_are_missing_wrong_or_cut_off_are_told_and_nothing_of_them_is_kept()
    {
        var good = FileOf("good.ndjson", [Line("post-1", "user-1")]);
        var cut = FileOf("cut.ndjson", [Line("post-2", "user-1")]);
        File.WriteAllText(cut, File.ReadAllText(cut) + "{\"id\":\"post-3\",\"us");
        Assert.Equal((9, "EXPORT_UNUSABLE"), await ErrorAsync("ingest", "acme/posts", "/no/such/file", "--format", "ndjson"));
        Assert.Equal((9, "EXPORT_UNUSABLE"), await ErrorAsync("ingest", "acme/posts", good, "--format", "wxr"));
        Assert.Equal((9, "EXPORT_UNUSABLE"), await ErrorAsync("ingest", "acme/posts", cut, "--format", "ndjson"));
        Assert.Equal((2, "USAGE"), await ErrorAsync("ingest", "acme/posts", good, "--format", "pdf"));
        Assert.Equal((3, "NOT_FOUND"), await ErrorAsync("ingest", "acme/answers", good, "--format", "ndjson"));
        Assert.Equal((9, "FILE_NOT_FOUND"), await ErrorAsync("consent", "import", "acme", "/no/such/file"));
        Assert.Equal("2", Text((await RunAsync("ingest", "acme/posts", FileOf("both.ndjson", [Line("post-1", "user-1"), Line("post-2", "user-1")]), "--format", "ndjson")).Json, "added_count"));
    }

    [Fact]
    public async Task An_unknown_deal_and_a_directory_of_another_one_are_told_and_leave_the_disk_alone()
    {
        Assert.Equal((3, "NOT_FOUND"), await ErrorAsync("pull", "acme/nothing", "--out", Out));
        Assert.False(Directory.Exists(Out));
        Assert.Equal((9, "FILE_UNUSABLE"), await ErrorAsync("recall", "apply", Out));
        await _node.Calls.AddDealAsync("lab", "pact");
        await _node.Calls.AddDealAsync("other", "second");
        Assert.Equal(0, (await RunAsync("pull", "acme/pact", "--out", Out)).ExitCode);
        Assert.Equal((9, "FILE_UNUSABLE"), await ErrorAsync("pull", "acme/second", "--out", Out));
        Assert.Equal((9, "FILE_UNUSABLE"), await ErrorAsync("pull", "acme/pact", "--out", Out, "--format", "arrow"));
        Assert.Equal((2, "USAGE"), await ErrorAsync("recall", "apply", Out, "--reference", "case", "--training-run", "run"));
        Assert.Equal((3, "TRAINING_RUN_UNKNOWN"), await ErrorAsync("recall", "apply", Out, "--training-run", "run"));
        Assert.Equal((2, "USAGE"), await ErrorAsync("pull", "acme/pact", "--out", Out, "--slice-records", "0"));
    }

    [Fact]
    public async Task People_are_shown_tables()
    {
        await _node.Calls.AddDealAsync("lab", "pact", TestCalls.Records(100));
        var export = FileOf("posts.ndjson", [Line("post-1", "user-0"), Line("draft", "user-0", "draft")]);
        var ingested = await CliRun.RunAsync(["ingest", "acme/posts", export, "--format", "ndjson", .. Node]);
        Assert.Contains("2 = 1 accepted + 1 refused", ingested.Out);
        Assert.Equal("", ingested.Error);
        await _node.Calls.DecideAsync("user-0", ConsentChoice.Grant, TestCalls.Past);
        var pulled = await CliRun.RunAsync(["pull", "acme/pact", "--out", Out, .. Node]);
        Assert.Contains("everything that was available is here", pulled.Out);
        Assert.Contains("records/term", pulled.Out);
        await _node.Calls.DecideAsync("user-0", ConsentChoice.Withdraw, TestCalls.Past.AddYears(2));
        Assert.Contains("withdrawal", (await CliRun.RunAsync(["recall", "list", "acme/pact", .. Node])).Out);
        Assert.Contains("deleted", (await CliRun.RunAsync(["recall", "apply", Out, .. Node])).Out);
        Assert.Contains("No recalls since the last time.", (await CliRun.RunAsync(["recall", "apply", Out, .. Node])).Out);
    }

    private string[] Node => ["--server", _node.Node.Address.ToString(), "--data", _node.Node.DataDirectory];

    private Task<CliRun> RunAsync(params string[] args) => CliRun.RunAsync([.. args, .. Node, "--output", "json"]);

    private async Task<(int ExitCode, string Reason)> ErrorAsync(params string[] args)
    {
        var run = await RunAsync(args);
        Assert.Equal("", run.Out);
        return (run.ExitCode, Text(run.ErrorJson, "reason"));
    }

    private string FileOf(string name, string[] lines)
    {
        var path = Path.Combine(_directory.Path, name);
        File.WriteAllLines(path, lines);
        return path;
    }

    private IEnumerable<string> Ids() => Directory.GetFiles(Out, "*.ndjson").SelectMany(File.ReadAllLines)
        .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("id").GetString()!).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Posts(Func<int, bool> isWanted) => Enumerable.Range(0, 30).Where(isWanted).Select(index => $"post-{index}").Order(StringComparer.Ordinal);

    private static string Text(JsonElement element, string name) => element.GetProperty(name).ToString();

    private static string Line(string id, string user, string visibility = "public") =>
        $$"""{"id":"{{id}}","user_id":"{{user}}","kind":"post","created_at":"2021-05-01T00:00:00Z","text":"words","visibility":"{{visibility}}"}""";

    private static string Consent(string user, string decision, string? madeAt) =>
        $$"""{"user":"{{user}}","purpose":"foundation-model-training","kind":["post","comment"],"decision":"{{decision}}"{{(madeAt is null ? "" : $",\"made_at\":\"{madeAt}\"")}}}""";
}
