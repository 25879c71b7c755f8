using System.Net;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Broker.TestKit.Postgres;

namespace Broker.EndToEnd.Clusters;

/// <summary>Goal: an operator sees what the cluster decides, and nobody sees whom it is about. Method: one node of a cluster does a known
/// amount of each thing; then it is scraped as a Prometheus does.</summary>
public sealed class ScrapeTests : IAsyncLifetime
{
    private static readonly string[] Counters =
    [
        "broker_release_slices_total", "broker_release_records_total", "broker_release_bytes_total", "broker_release_refusals_total",
        "broker_pull_slices_total", "broker_pull_records_total", "broker_pull_bytes_total", "broker_pull_refusals_total", "broker_pull_late_total",
        "broker_log_takeovers_total",
    ];

    private static readonly string[] Histograms =
        ["broker_reservation_duration_seconds", "broker_withdrawal_duration_seconds", "broker_log_append_duration_seconds", "broker_log_append_events"];

    // `le` bounds a bucket; the exporter names the meter besides.
    private static readonly string[] LabelsAllowed = ["reason", "outcome", "le", "otel_scope_name"];

    private ProcessCluster _cluster = null!;

    public async Task InitializeAsync()
    {
        if (PostgresBinaries.Directory is null) return;
        _cluster = await ProcessCluster.CreateAsync(new Dictionary<string, string>
        {
            ["BROKER_TELEMETRY__LISTEN"] = "127.0.0.1:0",
            ["BROKER_TELEMETRY__CACHEMILLISECONDS"] = "0",
            ["BROKER_LEASES__LEASE"] = "00:00:10", // no slice is cut short because the machine stands still
        });
    }

    public async Task DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
    }

    [SkippableFact]
    public async Task A_scrape_counts_what_was_released_refused_and_withdrawn_and_names_nobody()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        var node = await _cluster.StartBothAsync("node");
        var calls = _cluster.CallsTo(node);
        await calls.AddPlatformAsync(partitionCount: 1);
        var deal = await calls.AddDealAsync("secret-partner", "secret-deal", TestCalls.Records(30));
        await calls.ImportAsync(Enumerable.Range(0, 40).Select(number => TestCalls.Post($"secret-post-{number}", $"secret-user-{number % 4}", "some text")));
        for (var user = 0; user < 4; user++) await calls.DecideAsync($"secret-user-{user}", ConsentChoice.Grant, TestCalls.Past);

        var pulled = await calls.PullAsync(deal, "secret-partner", sliceRecords: 10);
        var late = Assert.Single(pulled.Ranges().Take(1));
        await calls.Pulls.ConfirmSlicesAsync(new ConfirmSlicesRequest { Deal = deal, LateSlices = { late }, RequestId = TestCalls.NewId() }, calls.AsPartner("secret-partner"));
        await calls.DecideAsync("secret-user-0", ConsentChoice.Withdraw, TestCalls.Past.AddYears(1));
        var scrape = await Scrape.OfAsync(node.MetricsAddress);

        Assert.Equal(30, pulled.Records.Count());
        Assert.All(Counters, family => Assert.Equal("counter", scrape.Families.GetValueOrDefault(family)));
        Assert.All(Histograms, family => Assert.Equal("histogram", scrape.Families.GetValueOrDefault(family)));
        Assert.Equal((pulled.Slices.Count, 30), (scrape.Sum("broker_release_slices_total"), scrape.Sum("broker_release_records_total")));
        Assert.Equal(pulled.Slices.Sum(slice => slice.Begin.Amounts.ByteCount), scrape.Sum("broker_release_bytes_total"));
        Assert.Equal(1, scrape.Sum("broker_release_refusals_total", ("reason", "QuotaExceeded")));
        Assert.Equal((pulled.Slices.Count, 30), (scrape.Sum("broker_pull_slices_total", ("outcome", "sent")), scrape.Sum("broker_pull_records_total")));
        Assert.Equal((1, 1), (scrape.Sum("broker_pull_refusals_total", ("reason", "QuotaExceeded")), scrape.Sum("broker_pull_late_total")));
        Assert.True(scrape.Sum("broker_reservation_duration_seconds_count") > pulled.Slices.Count - 1);
        Assert.Equal(1, scrape.Sum("broker_withdrawal_duration_seconds_count"));
        Assert.Equal(2, scrape.Sum("broker_log_takeovers_total")); // one partition, one deal
        Assert.Equal(0, scrape.Sum("broker_log_fenced_total"));
        Assert.True(scrape.Sum("broker_log_append_duration_seconds_count") > 10);
        Assert.True(scrape.Sum("broker_log_append_events_sum") > 10);
        Assert.Empty(scrape.OwnLabels.Except(LabelsAllowed));
        Assert.DoesNotContain("secret", scrape.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Bearer", scrape.Text, StringComparison.Ordinal);
        Assert.Contains(scrape.Families.Keys, family => family.StartsWith("orleans_", StringComparison.Ordinal));
        Assert.Contains(scrape.Families.Keys, family => family.StartsWith("dotnet_", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Metrics_are_served_where_they_are_told_to_be_and_nothing_else_is_served_there()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        await _cluster.StartSiloAsync("silo");
        var node = await _cluster.StartGatewayAsync("gateway");
        using var client = new HttpClient();

        foreach (var path in new[] { "/", "/metrics/more", "/broker.v1.ClusterService/GetClusterStatus", "/grpc.health.v1.Health/Check" })
            Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri(node.MetricsAddress, path))).StatusCode);
        using var atGateway = new HttpRequestMessage(HttpMethod.Get, new Uri(node.Address, "/metrics")) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        Assert.Equal(HttpStatusCode.NotFound, (await client.SendAsync(atGateway)).StatusCode);
    }
}
