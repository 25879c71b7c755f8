using Grpc.Reflection.V1Alpha;
using Microsoft.Extensions.DependencyInjection;

namespace Broker.Gateway.Tests.Wire;

public sealed class ReflectionTests
{
    [Fact]
    public async Task A_tool_that_asks_which_services_there_are_is_told_where_reflection_is_on()
    {
        await using var host = await GatewayHost.StartAsync(
            app => app.MapBroker(),
            services => services.Configure<GatewayOptions>(options => options.IsReflectionEnabled = true));
        using var call = new ServerReflection.ServerReflectionClient(host.Channel).ServerReflectionInfo();
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Contains("broker.v1.PullService", call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name));
        await call.RequestStream.CompleteAsync();
    }
}
