namespace Broker.Storage.Tests.Logs;

public sealed class PostgresLogStoreTests : LogStoreConformance
{
    protected override async Task<LogStoreUnderTest> CreateAsync() => await PostgresLogsUnderTest.CreateAsync();
}
