using Broker.Storage.Files;

namespace Broker.Storage.Tests.Files;

public sealed class DurableFilesTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly ScratchDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_file_holds_both_parts_and_nothing_lies_beside_it()
    {
        await DurableFiles.WriteAtomicallyAsync(_directory.File("a"), "one,"u8.ToArray(), "two"u8.ToArray(), None);

        Assert.Equal("one,two", await File.ReadAllTextAsync(_directory.File("a")));
        Assert.Equal([_directory.File("a")], Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task A_file_is_replaced_whole()
    {
        await DurableFiles.WriteAtomicallyAsync(_directory.File("a"), "a longer text"u8.ToArray(), default, None);
        await DurableFiles.WriteAtomicallyAsync(_directory.File("a"), "short"u8.ToArray(), default, None);

        Assert.Equal("short", await File.ReadAllTextAsync(_directory.File("a")));
    }

    [Fact]
    public async Task What_a_crash_left_half_written_is_overwritten()
    {
        await File.WriteAllTextAsync(_directory.File("a.tmp"), "half of a much longer text");

        await DurableFiles.WriteAtomicallyAsync(_directory.File("a"), "whole"u8.ToArray(), default, None);

        Assert.Equal("whole", await File.ReadAllTextAsync(_directory.File("a")));
        Assert.False(File.Exists(_directory.File("a.tmp")));
    }

    [Fact]
    public async Task A_write_that_stops_leaves_what_was_there_and_nothing_else()
    {
        await DurableFiles.WriteAtomicallyAsync(_directory.File("a"), "old"u8.ToArray(), default, None);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => DurableFiles.WriteAtomicallyAsync(_directory.File("a"), "new"u8.ToArray(), default, new CancellationToken(canceled: true)));

        Assert.Equal("old", await File.ReadAllTextAsync(_directory.File("a")));
        Assert.Equal([_directory.File("a")], Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task A_name_that_cannot_be_taken_fails_and_leaves_no_temporary_file()
    {
        Directory.CreateDirectory(_directory.File("a"));

        await Assert.ThrowsAnyAsync<IOException>(() => DurableFiles.WriteAtomicallyAsync(_directory.File("a"), "new"u8.ToArray(), default, None));

        Assert.Equal([_directory.File("a")], Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task A_missing_directory_is_an_error()
    {
        await Assert.ThrowsAnyAsync<IOException>(() => DurableFiles.WriteAtomicallyAsync(_directory.File("missing/a"), "new"u8.ToArray(), default, None));
        if (!OperatingSystem.IsWindows()) Assert.Throws<IOException>(() => DurableFiles.SyncDirectoryOf(_directory.File("missing/a")));
    }
}
