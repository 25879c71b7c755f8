using Broker.Domain;
using Broker.Domain.Platforms;
using Broker.Protos.V1;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using static Broker.Gateway.Tests.Pulls.PullWorld;
using RecordKind = Broker.Protos.V1.RecordKind;

namespace Broker.Gateway.Tests.Pulls;

public sealed class PullFilterTests
{
    [Fact]
    public async Task What_is_asked_for_goes_to_each_partition_in_one_form_however_it_was_written()
    {
        await using var world = await StartAsync(partitionCount: 2, scope: Scope);
        await world.PullAsync(Asking(new() { Datasets = { Name("wiki"), Name("posts") }, Kinds = { RecordKind.Like, RecordKind.Post }, Languages = { "en", "de" }, CreatedFrom = At(2), CreatedBefore = At(3) }));
        var filter = world.Partitions[1].Asked.First().Filter!;
        Assert.Equal(
            new Domain.Releases.PullFilter { Datasets = ["posts", "wiki"], Kinds = RecordKinds.Post | RecordKinds.Like, Languages = ["de", "en"], CreatedFromMs = 2_000, CreatedBeforeMs = 3_000 },
            filter);
        Assert.All(world.Partitions.SelectMany(partition => partition.Asked), asked => Assert.Equal(filter, asked.Filter));
    }

    [Fact]
    public async Task One_that_leaves_nothing_out_is_none()
    {
        await using var world = await StartAsync(scope: Scope);
        await world.PullAsync(Asking(new()));
        Assert.Null(world.Partition.Asked.First().Filter);
    }

    [Fact]
    public async Task Every_part_outside_the_contracts_scope_is_named()
    {
        await using var world = await StartAsync(scope: Scope);
        var fields = await RefusedAsync(world, new() { Datasets = { Name("posts"), Name("other") }, Kinds = { RecordKind.Post, RecordKind.Comment }, Languages = { "en", "fr" }, CreatedFrom = At(0), CreatedBefore = At(10) });
        Assert.Equal(["filter.datasets", "filter.kinds", "filter.languages", "filter.created_from", "filter.created_before"], fields);
    }

    [Fact]
    public async Task The_whole_scope_named_part_by_part_is_inside_it()
    {
        await using var world = await StartAsync(scope: Scope);
        var pulled = await world.PullAsync(Asking(new() { Datasets = { Name("posts"), Name("wiki") }, Kinds = { RecordKind.Post, RecordKind.Like }, Languages = { "en", "de" }, CreatedFrom = At(1), CreatedBefore = At(9) }));
        Assert.Equal(PullEndReason.Finished, pulled.Summary.Reason);
    }

    [Theory]
    [InlineData(Domain.Releases.RecordFields.Language, Domain.Releases.RecordFields.None)]
    [InlineData(Domain.Releases.RecordFields.None, Domain.Releases.RecordFields.Language)]
    public async Task Who_may_not_see_languages_may_not_ask_by_them(Domain.Releases.RecordFields dropped, Domain.Releases.RecordFields pseudonymised)
    {
        await using var world = await StartAsync(scope: Scope with { Fields = new(dropped, pseudonymised) });
        Assert.Equal(["filter.languages"], await RefusedAsync(world, new() { Languages = { "en" } }));
    }

    [Fact]
    public async Task Every_wrong_field_is_named()
    {
        await using var world = await StartAsync(scope: Scope);
        var fields = await RefusedAsync(world, new()
        {
            Datasets = { "posts", "platforms/other/datasets/posts" }, Kinds = { RecordKind.Post, RecordKind.Post, (RecordKind)77 }, Languages = { "EN" }, CreatedFrom = At(3), CreatedBefore = At(3),
        });
        Assert.Equal(["filter.datasets[0]", "filter.datasets[1]", "filter.kinds", "filter.languages", "filter.created_before"], fields.Distinct());
    }

    [Theory]
    [InlineData(RefusalReason.RoundHasOtherFilter, "ROUND_HAS_OTHER_FILTER")]
    [InlineData(RefusalReason.TooManyFilters, "TOO_MANY_FILTERS")]
    public async Task A_partition_that_cannot_go_on_with_it_is_an_error_that_says_so(RefusalReason reason, string expected)
    {
        await using var world = await StartAsync(scope: Scope);
        world.Partition.Then(reason);
        var pulled = await world.PullAsync(Asking(new() { Kinds = { RecordKind.Post } }));
        Assert.Equal((StatusCode.FailedPrecondition, expected), (pulled.Error!.StatusCode, pulled.Reason));
    }

    private static Domain.Deals.Scope Scope => new()
    {
        Datasets = ["posts", "wiki"],
        Kinds = RecordKinds.Post | RecordKinds.Like,
        Purposes = Domain.Consents.Purposes.All,
        Languages = ["de", "en"],
        CreatedFrom = DateTimeOffset.UnixEpoch.AddSeconds(1),
        CreatedBefore = DateTimeOffset.UnixEpoch.AddSeconds(9),
    };

    private static PullRequest Asking(PullFilter filter) => new() { Deal = DealName, Filter = filter };

    private static string Name(string dataset) => $"platforms/acme/datasets/{dataset}";

    private static Timestamp At(int seconds) => new() { Seconds = seconds };

    private static async Task<IReadOnlyList<string>> RefusedAsync(PullWorld world, PullFilter filter)
    {
        using var call = world.Open(Asking(filter));
        var error = (await PulledMessages.ReadAsync(call)).Error!;
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        return [.. error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(violation => violation.Field)];
    }
}
