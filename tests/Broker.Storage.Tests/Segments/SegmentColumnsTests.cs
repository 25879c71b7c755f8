using System.Runtime.InteropServices;
using Broker.Storage.Tests.Files;
using CsCheck;
using static Broker.Storage.Tests.Segments.SegmentFiles;

namespace Broker.Storage.Tests.Segments;

/// <summary>What is sent as it lies is what is read row by row.</summary>
public sealed class SegmentColumnsTests
{
    [Fact]
    public Task The_columns_of_any_file_hold_each_rows_fields_where_their_offsets_say() => Gen.Select(RowGen.Rows, Gen.Int[1, 9]).SampleAsync(async (rows, chunk) =>
    {
        using var directory = new ScratchDirectory();
        using var store = Open(directory.Path);
        var content = await store.OpenAsync(RefOf(await WriteAsync(directory.Path, rows, chunk)), CancellationToken.None);
        for (var row = 0; row < content.Count; row++)
        {
            var columns = content.ColumnsAt(row);
            Assert.NotNull(columns);
            Assert.InRange(row, columns.FirstRow, columns.FirstRow + columns.Count - 1);
            var at = row - columns.FirstRow;
            Assert.Equal(content.CreatedAtMsAt(row), MemoryMarshal.Cast<byte, long>(columns.CreatedAtMs.Span)[at]);
            foreach (var field in EachField)
            {
                var offsets = MemoryMarshal.Cast<byte, int>(columns.OffsetsOf(field).Span);
                Assert.Equal(content.FieldAt(field, row).ToArray(), columns.ValuesOf(field).Span[offsets[at]..offsets[at + 1]].ToArray());
            }
        }

        GC.KeepAlive(content);
    }, iter: 50);
}
