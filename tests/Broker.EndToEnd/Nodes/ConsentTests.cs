using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Google.Rpc;
using Grpc.Core;

namespace Broker.EndToEnd.Nodes;

/// <summary>Decisions that are told twice.</summary>
public sealed class ConsentTests
{
    [Fact]
    public async Task A_grant_that_is_told_again_after_the_withdrawal_changes_nothing_under_its_request_id_also_after_a_restart()
    {
        await using var node = await TestNode.StartAsync();
        await node.Calls.AddPlatformAsync(partitionCount: 1);
        var grant = Request(ConsentChoice.Grant);
        Assert.NotEmpty((await SetAsync(node, grant)).InForce);
        Assert.Empty((await SetAsync(node, Request(ConsentChoice.Withdraw))).InForce);

        Assert.Empty((await SetAsync(node, grant)).InForce);
        await node.RestartAsync();
        Assert.Empty((await SetAsync(node, grant)).InForce);
        var other = grant.Clone();
        other.Decision.Kinds.Clear();
        var refused = await Assert.ThrowsAsync<RpcException>(() => SetAsync(node, other));
        Assert.Equal((StatusCode.InvalidArgument, "REQUEST_ID_REUSED"), (refused.StatusCode, refused.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason));
    }

    private static async Task<UserConsent> SetAsync(TestNode node, SetConsentRequest request) =>
        (await node.Calls.Consents.SetConsentAsync(request, node.Calls.AsUser("ann"))).Consent;

    private static SetConsentRequest Request(ConsentChoice choice) => new()
    {
        User = $"{TestCalls.PlatformName}/users/ann",
        Decision = new ConsentDecision { Purposes = { Purpose.FoundationModelTraining }, Kinds = { RecordKind.Post }, Choice = choice },
        RequestId = TestCalls.NewId(),
    };
}
