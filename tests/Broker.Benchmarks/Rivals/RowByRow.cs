using Broker.Benchmarks.Nodes;
using Broker.Protos.V1;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;
using Record = Broker.Protos.V1.Record;

namespace Broker.Benchmarks.Rivals;

/// <summary>A rival: the obvious service. A query that joins records and consents, a message a row.</summary>
internal sealed class RowByRow(NpgsqlDataSource database)
{
    private static readonly Method<PullRequest, Record> Pull = new(
        MethodType.ServerStreaming, "rival.Rows", "Pull",
        Marshallers.Create(static message => Google.Protobuf.MessageExtensions.ToByteArray(message), PullRequest.Parser.ParseFrom),
        Marshallers.Create(
            static (message, context) =>
            {
                context.SetPayloadLength(message.CalculateSize());
                Google.Protobuf.MessageExtensions.WriteTo(message, context.GetBufferWriter());
                context.Complete();
            },
            static context => Record.Parser.ParseFrom(context.PayloadAsReadOnlySequence())));

    /// <summary>Starts one.</summary>
    public static Task<RivalHost> StartAsync(NpgsqlDataSource database, CancellationToken cancellationToken) => RivalHost.StartAsync(
        services =>
        {
            services.AddSingleton(new RowByRow(database));
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IServiceMethodProvider<RowByRow>, Methods>());
        },
        app => app.MapGrpcService<RowByRow>(),
        cancellationToken);

    /// <summary>Reads every partition at once.</summary>
    /// <returns>Records that came.</returns>
    public static async Task<long> ReadAsync(GrpcChannel channel) => (await Task.WhenAll(Enumerable.Range(0, BenchNode.Partitions).Select(partition => Task.Run(() => ReadAsync(channel, partition))))).Sum();

    private static async Task<long> ReadAsync(GrpcChannel channel, int partition)
    {
        var records = 0L;
        using var call = channel.CreateCallInvoker().AsyncServerStreamingCall(Pull, null, default, new PullRequest { Partitions = { partition } });
        while (await call.ResponseStream.MoveNext(CancellationToken.None)) records += call.ResponseStream.Current.Id.Length > 0 ? 1 : 0;
        return records;
    }

    private async Task WriteAsync(PullRequest request, IServerStreamWriter<Record> stream, ServerCallContext context)
    {
        await using var command = database.CreateCommand(RivalTable.QueryOf(request.Partitions[0]));
        await using var reader = await command.ExecuteReaderAsync(context.CancellationToken);
        while (await reader.ReadAsync(context.CancellationToken))
        {
            var record = new Record
            {
                Id = reader.GetString(0),
                Author = reader.GetString(1),
                Kind = (RecordKind)reader.GetInt16(2),
                CreateTimeMs = reader.GetInt64(3),
                Language = reader.GetString(4),
                Title = reader.GetString(5),
                Text = reader.GetString(6),
                TargetId = reader.GetString(7),
                Licence = reader.GetString(8),
                Attribution = reader.GetString(9),
            };
            await stream.WriteAsync(record, context.CancellationToken);
        }
    }

    private sealed class Methods : IServiceMethodProvider<RowByRow>
    {
        public void OnServiceMethodDiscovery(ServiceMethodProviderContext<RowByRow> context) =>
            context.AddServerStreamingMethod(Pull, [], static (service, request, stream, call) => service.WriteAsync(request, stream, call));
    }
}
