using System.Text;

namespace Broker.Connectors.Tests;

/// <summary>Memory does not grow with the file: measured as the largest heap that was alive while it was read.</summary>
[Collection(nameof(MemoryTests))]
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)] // the heap is the process's
public sealed class MemoryTests
{
    private const int Rows = 40_000;
    private const long HeapBytesMax = 16 << 20;

    [Theory]
    [InlineData(ConnectorFormat.StackExchange)]
    [InlineData(ConnectorFormat.Ndjson)]
    public void Reading_a_large_file_keeps_nothing_of_it(string format)
    {
        using var folder = new ExportFolder();
        var path = Path.Combine(folder.Path, "export");
        WriteLarge(path, format);
        Assert.True(new FileInfo(path).Length > 2 * HeapBytesMax);

        var before = GC.GetTotalMemory(forceFullCollection: true);
        long most = 0;
        var count = 0;
        foreach (var _ in Connectors.Open(format, path).Read())
        {
            if (++count % 10_000 == 0) most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        }

        Assert.Equal(Rows, count);
        Assert.InRange(most, long.MinValue, HeapBytesMax);
    }

    [Fact]
    public void One_value_larger_than_memory_should_hold_is_not_held()
    {
        using var folder = new ExportFolder();
        var path = Path.Combine(folder.Path, "export");
        using (var file = new StreamWriter(path))
        {
            file.Write("<posts><row Id=\"1\" PostTypeId=\"1\" Body=\"");
            for (var i = 0; i < 1_000; i++) file.Write(new string('x', 100_000));
            file.Write("\"/></posts>");
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Single(Connectors.Open(ConnectorFormat.StackExchange, path).Read());

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 * HeapBytesMax);
    }

    private static void WriteLarge(string path, string format)
    {
        var body = new string('x', 1_000);
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(false));
        if (format == ConnectorFormat.StackExchange) file.Write("<posts>\n");
        for (var i = 1; i <= Rows; i++)
        {
            file.Write(format == ConnectorFormat.StackExchange
                ? $"<row Id=\"{i}\" PostTypeId=\"1\" CreationDate=\"2014-05-14T08:11:02.157\" Body=\"{body}\" OwnerUserId=\"{i}\"/>\n"
                : $"{{\"id\":\"{i}\",\"user_id\":\"{i}\",\"kind\":\"post\",\"created_at\":\"2024-01-02T03:04:05Z\",\"visibility\":\"public\",\"text\":\"{body}\"}}\n");
        }
        if (format == ConnectorFormat.StackExchange) file.Write("</posts>");
    }
}
