using System.Text.Json;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Record = Broker.Protos.V1.Record;

namespace Broker.EndToEnd.Flights;

/// <summary>A node's flights to a client of another language and another gRPC and Arrow library.</summary>
public sealed class ForeignFlightTests
{
    [SkippableFact]
    public async Task A_foreign_client_reads_what_a_typed_pull_brings_confirms_it_and_is_charged_once()
    {
        Skip.If(ForeignFlight.WhyAbsent is not null, ForeignFlight.WhyAbsent);
        await using var node = await TestNode.StartAsync();
        await node.Calls.AddPlatformAsync(partitionCount: 4);
        await node.Calls.ImportAsync(Enumerable.Range(0, 6_000).Select(number => TestCalls.Post($"{number:D5}", $"user-{number % 3}", $"Beitrag {number} – schön 🎉")));
        var (flown, typed) = (await node.Calls.AddDealAsync("lab", "pact"), await node.Calls.AddDealAsync("rival", "other"));
        for (var user = 0; user < 2; user++) await node.Calls.DecideAsync($"user-{user}", ConsentChoice.Grant, TestCalls.Past);

        // What is not confirmed comes again, free of charge.
        var unconfirmed = await ForeignFlight.PullAsync(node, flown, "lab", confirm: false);
        Assert.Equal(4_000, unconfirmed.GetProperty("charged").GetInt64());
        var flight = await ForeignFlight.PullAsync(node, flown, "lab", confirm: true);
        var pull = await node.Calls.PullAsync(typed, "rival");
        Assert.Equal((4, 0), (flight.GetProperty("partitions").GetInt32(), flight.GetProperty("charged").GetInt64()));
        Assert.All(flight.GetProperty("reasons").EnumerateArray(), reason => Assert.Equal("PULL_END_REASON_FINISHED", reason.GetString()));
        Assert.Equal(
            pull.Records.Select(Shown).Order(StringComparer.Ordinal),
            flight.GetProperty("records").EnumerateArray().Select(Shown).Order(StringComparer.Ordinal));
        Assert.Equal(4_000, pull.Records.Count());
        var usage = await node.Calls.UsageAsync(flown, "lab");
        Assert.Equal((4_000, 0), (usage.Posted.RecordCount, usage.UncertainRecordCount));
        Assert.Equal(0, (await ForeignFlight.PullAsync(node, flown, "lab", confirm: true)).GetProperty("slices").GetInt32());
    }

    [SkippableFact]
    public async Task A_foreign_client_is_told_why_it_may_not_pull()
    {
        Skip.If(ForeignFlight.WhyAbsent is not null, ForeignFlight.WhyAbsent);
        await using var node = await TestNode.StartAsync();
        await node.Calls.AddPlatformAsync(partitionCount: 1);
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        var refused = await ForeignFlight.PullAsync(node, deal, "rival", confirm: false);
        Assert.Equal((int)Grpc.Core.StatusCode.PermissionDenied, refused.GetProperty("error").GetProperty("code").GetInt32());
    }

    private static string Shown(Record record) => $"{record.Id}|{record.Author}|{(int)record.Kind}|{record.CreateTimeMs}|{record.Language}|{record.Title}|{record.Text}|{record.TargetId}|{record.Licence}|{record.Attribution}";

    private static string Shown(JsonElement record)
    {
        return $"{Text("id")}|{Text("author")}|{Number("kind")}|{Number("created_at_ms")}|{Text("language")}|{Text("title")}|{Text("text")}|{Text("target_id")}|{Text("licence")}|{Text("attribution")}";

        string? Text(string name) => record.GetProperty(name).GetString();

        long Number(string name) => record.GetProperty(name).GetInt64();
    }
}
