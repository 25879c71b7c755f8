using System.Reflection;
using Broker.Domain;
using Broker.Gateway.Consents;
using Broker.Gateway.Platforms;
using Broker.Grains.Partitions;
using Broker.Grains.Platforms;
using Broker.Protos.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using ConsentRow = Broker.Protos.V1.ConsentRow;

namespace Broker.Gateway.Tests.Consents;

public sealed class ConsentImportTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero));
    private readonly List<Grains.Partitions.ConsentRow> _taken = [];

    [Theory]
    [InlineData("de")]
    [InlineData("DE ")]
    [InlineData("ABCDEFGHIJKLMNOPQ")]
    public async Task A_row_whose_jurisdiction_no_rule_could_name_is_refused_and_the_import_goes_on(string code)
    {
        var report = await ImportAsync(Row("ann", "DE"), Row("ben", code), Row("cleo", ""), Row("dora", "US-CA"));

        Assert.Equal((4, 3, 1), (report.RowCount, report.AcceptedCount, report.RefusedCount));
        var refused = Assert.Single(report.RefusedRows);
        Assert.Equal((2, "jurisdiction"), (refused.RowNumber, refused.Field));
        Assert.Equal([("ann", "DE"), ("cleo", null), ("dora", "US-CA")], _taken.Select(row => (row.UserId, row.Jurisdiction)));
    }

    private static ConsentRow Row(string user, string jurisdiction) =>
        new() { UserId = user, Jurisdiction = jurisdiction, NotifiedTime = Timestamp.FromDateTime(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc)) };

    private Task<ImportConsentsResponse> ImportAsync(params ConsentRow[] rows)
    {
        var grains = OneCall.To<IGrainFactory>(call => call.ReturnType == typeof(IPlatformGrain) ? Platform() : Partition());
        var import = new ConsentImport(grains, new PlatformDirectory(grains), _time);
        var header = new ImportConsentsHeader
        {
            Platform = "platforms/acme",
            RequestId = "7f1b6a3e-0b1c-4d5e-8f90-123456789abc",
            SnapshotTime = _time.GetUtcNow().ToTimestamp(),
        };
        return import.RunAsync(
            new Messages(
            [
                new ImportConsentsRequest { Header = header },
                new ImportConsentsRequest { Batch = new ConsentRowBatch { Rows = { rows } } },
                new ImportConsentsRequest { End = new ImportConsentsEnd { RowCount = rows.Length } },
            ]),
            CancellationToken.None);
    }

    private static IPlatformGrain Platform() => OneCall.To<IPlatformGrain>(_ => Task.FromResult<PlatformView?>(new PlatformView("acme", "Acme", 1, default, [], [])));

    private IPartitionGrain Partition() => OneCall.To<IPartitionGrain>((_, arguments) =>
    {
        var rows = (IReadOnlyList<Grains.Partitions.ConsentRow>)arguments[0]!;
        _taken.AddRange(rows);
        return Task.FromResult<IReadOnlyList<Refusal?>>(new Refusal?[rows.Count]);
    });

    private sealed class Messages(ImportConsentsRequest[] messages) : IAsyncStreamReader<ImportConsentsRequest>
    {
        private int _index = -1;

        public ImportConsentsRequest Current => messages[_index];

        public Task<bool> MoveNext(CancellationToken cancellationToken) => Task.FromResult(++_index < messages.Length);
    }
}

/// <summary>An interface every call of which is answered alike: a grain of which one method is called, or the factory of such.</summary>
public class OneCall : DispatchProxy
{
    private Func<MethodInfo, object?[], object> _answer = null!;

    internal static T To<T>(Func<MethodInfo, object> answer)
        where T : class => To<T>((call, _) => answer(call));

    internal static T To<T>(Func<MethodInfo, object?[], object> answer)
        where T : class
    {
        var proxy = Create<T, OneCall>();
        ((OneCall)(object)proxy)._answer = answer;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _answer(targetMethod!, args!);
}
