using System.Net;
using Microsoft.AspNetCore.Builder;

namespace Broker.Gateway.Tests.Wire;

/// <summary>What a gateway writes goes into large blocks.</summary>
public sealed class TransportBlocksTests
{
    [Fact]
    public async Task A_response_is_written_into_blocks_of_64_KiB()
    {
        var room = 0;
        await using var host = await GatewayHost.StartAsync(app => app.Run(context =>
        {
            room = context.Response.BodyWriter.GetSpan(1).Length;
            return Task.CompletedTask;
        }));
        using var client = new HttpClient();
        using var response = await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, host.Address) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact });
        Assert.Equal(64 * 1024, room);
    }
}
