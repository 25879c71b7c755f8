using Amazon.S3;
using Broker.Grains.Keys;
using Broker.Grains.Logs;
using Broker.Grains.Segments;
using Broker.Storage.Objects;
using Broker.Storage.Postgres;
using Broker.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orleans.Serialization;

namespace Broker.Grains.Tests.Logs;

/// <summary>What a grain throws, as its caller in another process gets it.</summary>
public sealed class CallFailureTests
{
    public static TheoryData<string> Causes => new(All.Keys);

    private static Dictionary<string, Exception> All => new(StringComparer.Ordinal)
    {
        ["PostgreSQL refuses"] = new StoreWriteException("It could not be written.", outcomeUnknown: true, new PostgresException("starting up", "FATAL", "FATAL", "57P03")),
        ["PostgreSQL is gone"] = new StoreReadException("It could not be read.", new NpgsqlException("Failed to connect.", new System.Net.Sockets.SocketException(111))),
        ["SQLite is full"] = new StoreWriteException("It could not be written.", outcomeUnknown: false, new SqliteException("disk I/O error", 10)),
        ["S3 refuses"] = new ObjectStoreException("It does not answer.", new AmazonS3Exception("SlowDown")),
        ["an aggregate"] = new AggregateException(new NpgsqlException("one"), new StoreReadException("two", new AmazonS3Exception("three"))),
    };

    [Theory]
    [MemberData(nameof(Causes))]
    public void A_failure_of_the_log_crosses_with_its_outcome_and_its_cause(string cause)
    {
        var arrived = Assert.IsType<LogUnavailableException>(Sent(new LogUnavailableException("The log failed.", outcomeUnknown: true, All[cause])));

        Assert.True(arrived.OutcomeUnknown);
        Assert.Equal("The log failed.", arrived.Message);
        Assert.Equal(All[cause].GetType(), arrived.InnerException!.GetType());
        // A node's log writes it out whole.
        Assert.Contains(All[cause].InnerException!.Message, arrived.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Causes))]
    public void A_failure_that_no_grain_wraps_crosses_too(string cause)
    {
        var arrived = Sent(All[cause]);

        Assert.Equal(All[cause].GetType(), arrived.GetType());
        Assert.Equal(All[cause].Message, arrived.Message);
    }

    [Fact]
    public void Failures_of_keys_and_of_segments_cross()
    {
        Assert.IsType<UserKeysUnavailableException>(Sent(new UserKeysUnavailableException("The keys failed.", All["PostgreSQL refuses"])));
        Assert.IsType<SegmentUnavailableException>(Sent(new SegmentUnavailableException("segment-1", "The segment failed.", All["S3 refuses"])));
    }

    private static Exception Sent(Exception thrown)
    {
        using var silo = new ServiceCollection().AddSerializer().AddCallFailures().BuildServiceProvider();
        using var caller = new ServiceCollection().AddSerializer().AddCallFailures().BuildServiceProvider();
        var bytes = silo.GetRequiredService<Serializer>().SerializeToArray<Exception>(thrown);
        return caller.GetRequiredService<Serializer>().Deserialize<Exception>(bytes)!;
    }
}
