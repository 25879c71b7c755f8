using System.Text.Json;
using Broker.Cli;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;

namespace Broker.EndToEnd.Cli;

/// <summary>The commands against a real node, with tokens minted from its key.</summary>
public sealed class NodeCommandTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _files = new();
    private TestNode _node = null!;

    public async Task InitializeAsync() => _node = await TestNode.StartAsync();

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        _files.Dispose();
    }

    [Fact]
    public async Task A_deal_goes_from_the_platform_to_its_end_by_commands_alone()
    {
        Assert.Equal(4, (await Done("platform", "add", "x", "--partitions", "4", "-o", "json")).Json.GetProperty("partition_count").GetInt32());
        Assert.Equal(16, (await Done("platform", "add", "y", "-o", "json")).Json.GetProperty("partition_count").GetInt32());
        await Done("platform", "policy", "set", "x", "--file", Write("policy.json", Policy));
        var policy = (await Done("platform", "policy", "show", "x", "-o", "json")).Json;
        Assert.Equal((1, "REGIME_OPT_OUT"), (policy.GetProperty("version").GetInt32(), policy.GetProperty("default_rule").GetProperty("regime").GetString()));
        await Done("platform", "dataset", "add", "x/posts");
        Assert.Contains("platforms/x/datasets/posts", (await Done("platform", "dataset", "list", "x")).Out, StringComparison.Ordinal);
        await Done("partner", "add", "lab", "--display-name", "The Lab");
        Assert.Contains("The Lab", (await Done("partner", "show", "partners/lab")).Out, StringComparison.Ordinal);

        var terms = Write("deal.json", Deal("0.0015", "1000000"));
        Assert.Equal("STATE_PROPOSED", StateOf(await Done("deal", "propose", "x/pact", "--file", terms, "-o", "json")));
        var alone = await Run("deal", "approve", "x/pact");
        Assert.Equal(ExitCode.Refused, alone.Exit);
        Assert.Contains("FOUR_EYES", alone.Error, StringComparison.Ordinal);
        Assert.Contains("--as NAME", alone.Error, StringComparison.Ordinal);
        Assert.Equal("STATE_ACTIVE", StateOf(await Done("deal", "approve", "platforms/x/deals/pact", "--as", "bob", "-o", "json")));

        var usage = (await Done("deal", "usage", "x/pact", "-o", "json")).Json;
        Assert.Equal("1000000", usage.GetProperty("limits")[0].GetProperty("limit").GetProperty("amount").GetString());
        Assert.Contains("records/term", (await Done("deal", "usage", "x/pact")).Out, StringComparison.Ordinal);

        var shown = (await Done("deal", "show", "x/pact", "--terms")).Out;
        await Done("deal", "amend", "x/pact", "--file", Write("amended.json", shown.Replace("0.0015", "0.002", StringComparison.Ordinal)));
        await Done("deal", "approve-amendment", "x/pact", "--contract-version", "2", "--as", "bob");
        Assert.Contains("0.002 USD a record", (await Done("deal", "show", "x/pact")).Out, StringComparison.Ordinal);

        Assert.Equal("STATE_SUSPENDED", StateOf(await Done("deal", "suspend", "x/pact", "--reason", "a look at it", "-o", "json")));
        Assert.Contains("suspended: a look at it", (await Done("deal", "show", "x/pact")).Out, StringComparison.Ordinal);
        Assert.Equal("STATE_ACTIVE", StateOf(await Done("deal", "resume", "x/pact", "-o", "json")));
        Assert.Equal("STATE_TERMINATED", StateOf(await Done("deal", "terminate", "x/pact", "--reason", "enough", "-o", "json")));
        Assert.Equal(ExitCode.Refused, (await Run("deal", "resume", "x/pact")).Exit);
        Assert.Single((await Done("deal", "list", "-o", "json")).Json.GetProperty("deals").EnumerateArray());
        Assert.Empty((await Done("deal", "list", "--platform", "y", "-o", "json")).Json.GetProperty("deals").EnumerateArray());
    }

    [Fact]
    public async Task What_the_node_refuses_is_told_with_its_field_and_leaves_nothing()
    {
        await Done("platform", "add", "x");
        await Done("partner", "add", "lab");
        Assert.Equal(ExitCode.Refused, (await Run("platform", "add", "x", "--partitions", "8")).Exit);
        await Done("platform", "dataset", "add", "x/posts");
        await FieldAsync(ExitCode.Usage, "platform.partition_count", "platform", "add", "z", "--partitions", "3");
        await FieldAsync(ExitCode.Refused, "policy.objection_channel", "platform", "policy", "set", "x", "--file", Write("p.json", Policy.Replace("https://x.example/object", "", StringComparison.Ordinal)));
        await FieldAsync(ExitCode.Usage, "terms.limits[0].amount", "deal", "propose", "x/d", "--file", Write("zero.json", Deal("1", "0")));
        await FieldAsync(ExitCode.Usage, "terms.limits[0].amount", "deal", "propose", "x/d", "--file", Write("negative.json", Deal("1", "-5")));
        await FieldAsync(ExitCode.Usage, "terms.price.amount.micros", "deal", "propose", "x/d", "--file", Write("minus.json", Deal("-1", "5")));
        Assert.Equal(ExitCode.NotFound, (await Run("deal", "show", "x/d")).Exit);
        Assert.Equal(ExitCode.NotFound, (await Run("platform", "get", "nowhere")).Exit);
        Assert.Equal(ExitCode.NotFound, (await Run("consent", "show", "x", "nobody")).Exit);
        Assert.Equal(ExitCode.NotFound, (await Run("report", "x", "nobody")).Exit);
    }

    [Fact]
    public async Task A_file_for_another_partner_is_not_proposed_or_amended()
    {
        await Done("platform", "add", "x");
        await Done("partner", "add", "lab");
        await Done("partner", "add", "globex");
        await Done("platform", "dataset", "add", "x/posts");
        var terms = Write("deal.json", Deal("1", "5"));
        Assert.Equal(ExitCode.Usage, (await Run("deal", "propose", "x/d", "--file", terms, "--partner", "globex")).Exit);
        var nobodys = Write("nobodys.json", Deal("1", "5").Replace("\"partner\": \"lab\",", "", StringComparison.Ordinal));
        Assert.Equal(ExitCode.Usage, (await Run("deal", "propose", "x/d", "--file", nobodys)).Exit);
        await Done("deal", "propose", "x/d", "--file", nobodys, "--partner", "globex");
        await Done("deal", "approve", "x/d", "--as", "bob");
        var amended = await Run("deal", "amend", "x/d", "--file", terms);
        Assert.Equal(ExitCode.Usage, amended.Exit);
        Assert.Contains("is for partner lab; platforms/x/deals/d is with partners/globex", amended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_left_is_seen_in_the_report_and_in_the_audit_and_a_model_that_keeps_it_is_named()
    {
        await _node.Calls.AddPlatformAsync(partitionCount: 2);
        await _node.Calls.ImportAsync(Enumerable.Range(0, 6).Select(post => TestCalls.Post($"post-{post}", $"user {post % 2}", "words")));
        var deal = await _node.Calls.AddDealAsync("lab", "pact", TestCalls.Records(100));
        await Done("consent", "set", "acme", "user 0", "grant", "--purpose", "foundation-model-training", "--kind", "post", "comment");
        var pulled = await _node.Calls.PullAsync(deal, "lab");
        await _node.Calls.ConfirmAsync(deal, "lab", pulled.Ranges());
        var slices = pulled.Ranges().Select(slice => $"{slice.Partition}/{slice.Round}/{slice.FirstSlice}-{slice.LastSlice}");
        await Done(["partner", "register-run", "acme/pact", "run-1", "--model", "Big", "--slices", .. slices]);
        Assert.Contains("run-1", (await Done("partner", "runs", "acme/pact")).Out, StringComparison.Ordinal);

        await Done("record", "remove", "acme/posts", "user 0", "post-0");
        var stands = (await Done("consent", "set", "acme", "user 0", "withdraw", "-o", "json")).Json;
        Assert.Empty(stands.GetProperty("in_force").EnumerateArray());
        Assert.Equal(2, stands.GetProperty("decisions").GetArrayLength());

        await AnswerAsync(deal);
        var report = (await Done("report", "acme", "user 0", "-o", "json")).Json.GetProperty("deliveries")[0];
        Assert.Equal(("3", "3"), (report.GetProperty("record_count").GetString(), report.GetProperty("recalled_count").GetString()));
        Assert.Equal("run-1", report.GetProperty("retained_in_models")[0].GetString());
        Assert.Contains("training run run-1 of partners/lab consumed", (await Done("report", "acme", "user 0")).Out, StringComparison.Ordinal);

        var audit = (await Done("audit", "-o", "json")).Json;
        Assert.True(audit.GetProperty("ok").GetBoolean());
        Assert.NotEmpty(audit.GetProperty("one_sided").EnumerateArray());
        var whole = (await CliRun.Of("audit", "--server", Address, "--data", _node.Node.DataDirectory, "-o", "json")).Done().Json;
        Assert.Empty(whole.GetProperty("one_sided").EnumerateArray());
        Assert.Equal(3, Total(whole, "released_records") - Total(whole, "credited_records")); // a slow machine may drop a slice and send it again
        Assert.Equal((2, 2), (Total(whole, "recalls_issued"), Total(whole, "recalls_answered")));

        Assert.True((await Done("consent", "erase", "acme", "user 1", "--yes", "-o", "json")).Json.GetProperty("is_erased").GetBoolean());
        await Done("audit");
    }

    [Fact]
    public async Task Usage_is_watched_until_it_is_stopped_one_document_a_line()
    {
        await _node.Calls.AddPlatformAsync(partitionCount: 1);
        await _node.Calls.AddDealAsync("lab", "pact", TestCalls.Records(100));
        using var stop = new CancellationTokenSource();
        using var lines = new CountingWriter();
        var watching = RunAsync(["deal", "usage", "acme/pact", "--watch", "--interval", "1s", "-o", "json"], lines, stop.Token);
        await lines.First;
        await Done("deal", "suspend", "acme/pact", "--reason", "a look at it");
        await lines.Second;
        await stop.CancelAsync();
        var run = await watching;
        Assert.Equal(ExitCode.Cancelled, run.Exit);
        var states = run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("state").GetString()).ToList();
        Assert.Equal(("STATE_ACTIVE", "STATE_SUSPENDED"), (states[0], states[^1]));
    }

    /// <summary>Says when lines are there.</summary>
    private sealed class CountingWriter : StringWriter
    {
        private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _second = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task First => _first.Task;

        public Task Second => _second.Task;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (!_first.TrySetResult()) _second.TrySetResult();
        }
    }

    private string Address => _node.Node.Address.ToString();

    // The key lies in the node's directory; named by the environment, so that `audit` still asks the node.
    private string[] Options => ["--server", Address];

    private Task<CliRun> Run(params string[] args) => RunAsync(args, null, CancellationToken.None);

    private Task<CliRun> RunAsync(string[] args, StringWriter? output, CancellationToken cancellationToken) =>
        CliRun.OfAsync([.. args, .. Options], new() { ["BROKER_DATA"] = _node.Node.DataDirectory }, output: output, cancellationToken: cancellationToken);

    private async Task<CliRun> Done(params string[] args) => (await Run(args)).Done();

    private async Task FieldAsync(ExitCode exit, string field, params string[] args)
    {
        var run = await Run([.. args, "-o", "json"]);
        Assert.Equal((exit, ""), (run.Exit, run.Out));
        Assert.Contains(run.JsonError.GetProperty("fields").EnumerateArray(), fault => fault.GetProperty("field").GetString() == field);
    }

    private async Task AnswerAsync(string deal)
    {
        var recalls = await _node.Calls.Recalls.ListRecallsAsync(new ListRecallsRequest { Deal = deal }, _node.Calls.AsPartner("lab"));
        foreach (var recall in recalls.Recalls)
            await _node.Calls.Recalls.AnswerRecallAsync(
                new AnswerRecallRequest { Name = recall.Name, Answer = new RecallAnswer { Verdict = RecallVerdict.RetainedInModel, TrainingRun = "run-1" }, RequestId = TestCalls.NewId() },
                _node.Calls.AsPartner("lab"));
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_files.Path, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static string StateOf(CliRun run) => run.Json.GetProperty("state").GetString()!;

    private static long Total(JsonElement audit, string name) =>
        long.Parse(audit.GetProperty("totals").GetProperty(name).GetString()!, System.Globalization.CultureInfo.InvariantCulture);

    private static string Deal(string price, string records) =>
        $$"""
        {
          "partner": "lab",
          "scope": { "datasets": ["posts"], "kinds": ["post"], "purposes": ["foundation-model-training"] },
          "price": { "per": "record", "amount": "{{price}}", "currency": "USD" },
          "limits": [{ "of": "records", "per": "term", "amount": {{records}} }],
          "start": "2024-01-01T00:00:00Z",
          "end": "2060-01-01T00:00:00Z"
        }
        """;

    private const string Policy =
        """
        {
          "kinds": ["post"],
          "purposes": ["foundation-model-training"],
          "effective": "2024-11-15T00:00:00Z",
          "default": { "regime": "opt-out", "notice_days": 30 },
          "jurisdictions": [{ "jurisdiction": "EU", "regime": "opt-in" }],
          "objection": "https://x.example/object"
        }
        """;
}
