using Broker.Gateway.Errors;
using Broker.Gateway.Identity;
using Broker.Gateway.Parsing;
using Broker.Gateway.Platforms;
using Broker.Grains.Users;
using Broker.Protos.V1;
using Grpc.Core;

namespace Broker.Gateway.Consents;

/// <summary>Consent on the wire. A withdrawal's answer waits, in the partition, until nothing of it can be sent any more.</summary>
internal sealed class ConsentApi(IGrainFactory grains, PlatformDirectory platforms, Draining draining, TimeProvider time) : ConsentService.ConsentServiceBase
{
    public override async Task<SetConsentResponse> SetConsent(SetConsentRequest request, ServerCallContext context)
    {
        var (user, decision, isDated, caller) = ConsentParser.Parse(request, context.GetCaller(), time.GetUtcNow());
        var grain = await GrainAsync(user);
        (await grain.DecideAsync(decision, isDated, caller)).ThrowIfRefused();
        return new() { Consent = await ConsentAsync(grain, user) };
    }

    public override async Task<GetConsentResponse> GetConsent(GetConsentRequest request, ServerCallContext context)
    {
        var user = ResourceNames.ParseUser(request.User)!.Value;
        return new() { Consent = await ConsentAsync(await GrainAsync(user), user) };
    }

    public override Task<ImportConsentsResponse> ImportConsents(IAsyncStreamReader<ImportConsentsRequest> requestStream, ServerCallContext context) =>
        new ConsentImport(grains, platforms, time).RunAsync(new DrainedReader<ImportConsentsRequest>(requestStream, draining), context.CancellationToken);

    public override async Task<EraseUserResponse> EraseUser(EraseUserRequest request, ServerCallContext context)
    {
        var grain = await GrainAsync(ConsentParser.Parse(request));
        (await grain.EraseAsync()).ThrowIfRefused();
        return new();
    }

    public override async Task<RemoveRecordResponse> RemoveRecord(RemoveRecordRequest request, ServerCallContext context)
    {
        var (user, dataset, recordId) = ConsentParser.Parse(request);
        var grain = await GrainAsync(user);
        (await grain.RemoveRecordAsync(dataset, recordId)).ThrowIfRefused();
        return new();
    }

    private async Task<IUserGrain> GrainAsync(UserName user)
    {
        await platforms.PartitionCountAsync(user.Platform); // NOT_FOUND where there is no such platform.
        return grains.GetGrain<IUserGrain>($"{user.Platform}/{user.User}");
    }

    private static async Task<UserConsent> ConsentAsync(IUserGrain grain, UserName user)
    {
        var view = await grain.GetConsentAsync() ?? throw RpcErrors.NotFound(ResourceNames.User(user.Platform, user.User));
        return view.ToWire(user.Platform);
    }
}
