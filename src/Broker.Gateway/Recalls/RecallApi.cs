using System.Globalization;
using Broker.Gateway.Errors;
using Broker.Gateway.Identity;
using Broker.Gateway.Parsing;
using Broker.Gateway.Platforms;
using Broker.Grains.Partitions;
using Broker.Protos.V1;
using Grpc.Core;

namespace Broker.Gateway.Recalls;

/// <summary>The recall feed on the wire.</summary>
internal sealed class RecallApi(IGrainFactory grains, PlatformDirectory platforms) : RecallService.RecallServiceBase
{
    public override async Task<ListRecallsResponse> ListRecalls(ListRecallsRequest request, ServerCallContext context)
    {
        var platform = ResourceNames.ParseDeal(request.Deal)!.Value.Platform;
        var (deal, size, cursors) = RecallParser.Parse(request, await platforms.PartitionCountAsync(platform));
        var response = new ListRecallsResponse();
        var isMore = false;
        for (var partition = 0; partition < cursors.Length && !isMore; partition++)
            isMore = await ReadAsync(response, deal, partition, cursors, size, request.IsOpenOnly);
        response.Cursors.Add(cursors.Select((number, partition) => new RecallCursor { Partition = partition, Number = number }));
        response.NextPageToken = isMore ? PageTokens.After(string.Join(',', cursors)) : "";
        return response;
    }

    public override async Task<ListRecalledRecordsResponse> ListRecalledRecords(ListRecalledRecordsRequest request, ServerCallContext context)
    {
        var (recall, size, skip) = RecallParser.Parse(request);
        await RequireAsync(recall);
        var records = await Grain(recall).ListRecalledRecordsAsync(recall.Number, skip, size);
        var response = new ListRecalledRecordsResponse { NextPageToken = records.Count < size ? "" : TokenOf(skip + records.Count) };
        response.Records.Add(records.Select(record => record.ToWire(recall.Deal.Platform)));
        return response;
    }

    public override async Task<AnswerRecallResponse> AnswerRecall(AnswerRecallRequest request, ServerCallContext context)
    {
        var (recall, answer) = RecallParser.Parse(request, context.GetCaller());
        await RequireAsync(recall);
        (await Grain(recall).AnswerRecallAsync(recall.Deal.Deal, recall.Number, answer)).ThrowIfRefused();
        return new() { Recall = (await RequireAsync(recall)).ToWire(recall.Deal, recall.Partition) };
    }

    /// <summary>Reads on in one partition until the page is full; says whether there may be more there.</summary>
    private async Task<bool> ReadAsync(ListRecallsResponse page, DealName deal, int partition, int[] cursors, int size, bool isOpenOnly)
    {
        var grain = grains.GetGrain<IPartitionGrain>(PartitionKeys.Of(deal.Platform, partition));
        while (page.Recalls.Count < size)
        {
            var asked = size - page.Recalls.Count;
            var views = await grain.ListRecallsAsync(deal.Deal, cursors[partition], asked);
            page.Recalls.Add(views.Where(view => !isOpenOnly || view.Answer is null).Select(view => view.ToWire(deal, partition)));
            if (views.Count > 0) cursors[partition] = views[^1].Number;
            if (views.Count < asked) return false;
        }

        return true;
    }

    /// <summary>The recall, if it is one of that deal: a number alone would reach another deal's.</summary>
    private async Task<RecallView> RequireAsync(RecallName name)
    {
        if (name.Partition >= await platforms.PartitionCountAsync(name.Deal.Platform)) throw NotFound(name);
        var views = await Grain(name).ListRecallsAsync(name.Deal.Deal, name.Number - 1, 1);
        return views is [var view] && view.Number == name.Number ? view : throw NotFound(name);
    }

    private IPartitionGrain Grain(RecallName name) => grains.GetGrain<IPartitionGrain>(PartitionKeys.Of(name.Deal.Platform, name.Partition));

    private static RpcException NotFound(RecallName name) => RpcErrors.NotFound(ResourceNames.Recall(name.Deal, name.Partition, name.Number));

    private static string TokenOf(int skip) => PageTokens.After(skip.ToString(CultureInfo.InvariantCulture));
}
