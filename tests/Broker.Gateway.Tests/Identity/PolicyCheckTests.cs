using Broker.Gateway.Tests.Wire;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Broker.Gateway.Tests.Identity;

public sealed class PolicyCheckTests
{
    [Fact]
    public async Task A_host_that_maps_an_rpc_without_a_policy_does_not_start()
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => GatewayHost.StartAsync(MapUnknown));
        Assert.Contains("/broker.v1.Unknown/Ask", exception.Message, StringComparison.Ordinal);
    }

    private static void MapUnknown(WebApplication app)
    {
        var bytes = Marshallers.Create<byte[]>(value => value, value => value);
        var rpc = new Method<byte[], byte[]>(MethodType.Unary, "broker.v1.Unknown", "Ask", bytes, bytes);
        var endpoint = new Endpoint(null, new EndpointMetadataCollection(new GrpcMethodMetadata(typeof(object), rpc)), "unknown");
        ((IEndpointRouteBuilder)app).DataSources.Add(new DefaultEndpointDataSource(endpoint));
    }
}
