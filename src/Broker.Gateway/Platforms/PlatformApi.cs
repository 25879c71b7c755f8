using Broker.Gateway.Errors;
using Broker.Gateway.Identity;
using Broker.Gateway.Parsing;
using Broker.Grains.Platforms;
using Broker.Protos.V1;
using Grpc.Core;

namespace Broker.Gateway.Platforms;

/// <summary>Platforms, policies and datasets on the wire.</summary>
internal sealed class PlatformApi(IGrainFactory grains) : PlatformService.PlatformServiceBase
{
    private const string Index = "platforms";

    public override async Task<CreatePlatformResponse> CreatePlatform(CreatePlatformRequest request, ServerCallContext context)
    {
        var command = PlatformParser.Parse(request);
        var answer = await grains.GetGrain<IPlatformGrain>(command.Id).CreateAsync(command.DisplayName, command.PartitionCount);
        answer.Refusal.ThrowIfRefused();
        return new CreatePlatformResponse { Platform = answer.Platform!.ToWire() };
    }

    public override async Task<GetPlatformResponse> GetPlatform(GetPlatformRequest request, ServerCallContext context) =>
        new() { Platform = (await ReadAsync(ResourceNames.ParsePlatform(request.Name)!)).ToWire() };

    public override async Task<ListPlatformsResponse> ListPlatforms(ListPlatformsRequest request, ServerCallContext context)
    {
        var (after, size) = PlatformParser.Page(request.PageToken, request.PageSize);
        var names = await VisibleAsync(context.GetCaller(), after, size);
        var views = await Task.WhenAll(names.Take(size).Select(name => grains.GetGrain<IPlatformGrain>(name).GetAsync()));
        var response = new ListPlatformsResponse { NextPageToken = names.Count > size ? PageTokens.After(names[size - 1]) : "" };
        response.Platforms.Add(views.OfType<PlatformView>().Select(view => view.ToWire()));
        return response;
    }

    public override async Task<SetPolicyResponse> SetPolicy(SetPolicyRequest request, ServerCallContext context)
    {
        var (platform, policy) = PolicyParser.Parse(request);
        var answer = await grains.GetGrain<IPlatformGrain>(platform).SetPolicyAsync(policy);
        answer.Refusal.ThrowIfRefused();
        return new SetPolicyResponse { Policy = answer.Policy!.ToWire() };
    }

    public override async Task<GetPolicyResponse> GetPolicy(GetPolicyRequest request, ServerCallContext context)
    {
        var view = await ReadAsync(ResourceNames.ParsePlatform(request.Platform)!);
        var policy = request.Version == 0 ? Newest(view) : view.Policies.FirstOrDefault(one => one.Version == request.Version);
        return policy is null
            ? throw RpcErrors.NotFound($"policy version {request.Version} of {request.Platform}")
            : new GetPolicyResponse { Policy = policy.ToWire() };
    }

    public override async Task<CreateDatasetResponse> CreateDataset(CreateDatasetRequest request, ServerCallContext context)
    {
        var command = PlatformParser.Parse(request);
        var grain = grains.GetGrain<IPlatformGrain>(command.Name.Platform);
        (await grain.CreateDatasetAsync(command.Name.Dataset, command.DisplayName)).ThrowIfRefused();
        var view = await ReadAsync(command.Name.Platform);
        return new CreateDatasetResponse { Dataset = view.Datasets.First(one => one.Id == command.Name.Dataset).ToWire(view.Id) };
    }

    public override async Task<ListDatasetsResponse> ListDatasets(ListDatasetsRequest request, ServerCallContext context)
    {
        var (after, size) = PlatformParser.Page(request.PageToken, request.PageSize);
        var view = await ReadAsync(ResourceNames.ParsePlatform(request.Parent)!);
        var (page, next) = PageTokens.Cut(view.Datasets.OrderBy(one => one.Id, StringComparer.Ordinal), one => one.Id, after, size);
        var response = new ListDatasetsResponse { NextPageToken = next };
        response.Datasets.Add(page.Select(one => one.ToWire(view.Id)));
        return response;
    }

    private static Domain.Consents.Policy? Newest(PlatformView view) => view.Policies is [.., var newest] ? newest : null;

    private async Task<PlatformView> ReadAsync(string platform) =>
        await grains.GetGrain<IPlatformGrain>(platform).GetAsync() ?? throw RpcErrors.NotFound(ResourceNames.Platform(platform));

    // One name more than the page, to know whether there is a next one. Whoever belongs to a platform sees that one only.
    private async Task<IReadOnlyList<string>> VisibleAsync(VerifiedCaller caller, string after, int size)
    {
        if (caller.Platform is { } own) return string.CompareOrdinal(own, after) > 0 ? [own] : [];
        var index = grains.GetGrain<IIndexGrain>(Index);
        var names = (await index.ListAsync(after, size)).ToList();
        if (names.Count == size) names.AddRange(await index.ListAsync(names[^1], 1));
        return names;
    }
}
