using System.Net;
using Broker.Protos.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Broker.EndToEnd.Cli;

/// <summary>A node on a loopback port that answers <c>platform add</c> and <c>platform list</c> as the test says.</summary>
internal sealed class ScriptedNode : PlatformService.PlatformServiceBase, IAsyncDisposable
{
    private WebApplication? _app;

    /// <summary>Answers <c>CreatePlatform</c>; the number of the call comes first, from 1.</summary>
    public Func<int, CreatePlatformRequest, Platform> OnCreate { get; set; } = (_, request) => new Platform { Name = $"platforms/{request.PlatformId}" };

    /// <summary>Answers <c>ListPlatforms</c>.</summary>
    public Func<ListPlatformsRequest, ListPlatformsResponse> OnList { get; set; } = _ => new ListPlatformsResponse();

    /// <summary>What was asked, in order.</summary>
    public List<CreatePlatformRequest> Created { get; } = [];

    /// <summary>The tokens that came along.</summary>
    public List<string?> Tokens { get; } = [];

    /// <summary>Where it listens.</summary>
    public string Address { get; private set; } = "";

    public static async Task<ScriptedNode> StartAsync()
    {
        var node = new ScriptedNode();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(node);
        node._app = builder.Build();
        node._app.MapGrpcService<ScriptedNode>();
        await node._app.StartAsync();
        node.Address = node._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return node;
    }

    public override Task<CreatePlatformResponse> CreatePlatform(CreatePlatformRequest request, ServerCallContext context)
    {
        Created.Add(request);
        Tokens.Add(context.RequestHeaders.GetValue("authorization"));
        return Task.FromResult(new CreatePlatformResponse { Platform = OnCreate(Created.Count, request) });
    }

    public override Task<ListPlatformsResponse> ListPlatforms(ListPlatformsRequest request, ServerCallContext context) => Task.FromResult(OnList(request));

    public async ValueTask DisposeAsync() => await _app!.DisposeAsync();
}
