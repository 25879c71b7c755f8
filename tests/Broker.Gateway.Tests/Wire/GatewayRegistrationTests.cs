using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Broker.Gateway.Tests.Wire;

public sealed class GatewayRegistrationTests
{
    [Fact]
    public async Task The_whole_gateway_starts_and_tells_anybody_that_it_lives()
    {
        await using var host = await GatewayHost.StartAsync(
            app => app.MapBroker(),
            services => services.Configure<GatewayOptions>(options => options.IsReflectionEnabled = true));
        var answer = await new Health.HealthClient(host.Channel).CheckAsync(new HealthCheckRequest());
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, answer.Status);
    }

    [Fact]
    public async Task A_limit_out_of_its_range_stops_the_start()
    {
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => GatewayHost.StartAsync(
            BareServices.Map,
            services => services.Configure<GatewayOptions>(options => options.StreamsPerConnectionMax = 0)));
        Assert.Contains(nameof(GatewayOptions.StreamsPerConnectionMax), exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_beyond_the_limit_is_refused_by_name()
    {
        await using var host = await GatewayHost.StartAsync(
            BareServices.Map,
            services => services.Configure<GatewayOptions>(options => options.ReceiveMessageBytesMax = 64 * 1024));
        var client = new Broker.Protos.V1.PlatformService.PlatformServiceClient(host.Channel);
        var request = new Broker.Protos.V1.ListPlatformsRequest { PageToken = new string('x', 65 * 1024) };
        var error = await Assert.ThrowsAsync<RpcException>(async () => await client.ListPlatformsAsync(request));
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    [Fact]
    public async Task A_finished_write_has_left_the_process()
    {
        KestrelServerOptions? kestrel = null;
        await using var host = await GatewayHost.StartAsync(app =>
        {
            kestrel = app.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value;
            BareServices.Map(app);
        });
        Assert.Equal(0, kestrel!.Limits.MaxResponseBufferSize);
    }
}
