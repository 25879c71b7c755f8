using System.Text.RegularExpressions;

namespace Broker.Conventions;

public sealed partial class SourceTests
{
    private const int LinesMax = 600;

    [Theory]
    [InlineData("src/Broker.Domain")]
    [InlineData("src/Broker.Grains")]
    [InlineData("src/Broker.Grains.Abstractions")]
    public void Rules_and_grains_take_no_clock_chance_or_identifier_from_the_air(string folder) =>
        Assert.Empty(Matches(folder, FromTheAir()));

    [Fact]
    public void No_exception_is_swallowed() => Assert.Empty(Matches("src", Swallowed()));

    [Fact]
    public void No_test_sleeps_or_is_switched_off() => Assert.Empty(Matches("tests", Sleeps()));

    [Fact]
    public void Every_event_id_of_the_logs_is_used_once()
    {
        var ids = Repository.SourcesOf("src").SelectMany(path => EventId().Matches(File.ReadAllText(path)).Select(match => (Id: match.Groups[1].Value, Path: path)));
        Assert.Empty(ids.GroupBy(entry => entry.Id).Where(group => group.Count() > 1).Select(group => $"{group.Key}: {string.Join(", ", group.Select(entry => entry.Path))}"));
    }

    [Fact]
    public void No_file_holds_too_much() => Assert.Empty(
        Repository.SourcesOf("src").Concat(Repository.SourcesOf("tests")).Where(path => File.ReadLines(path).Count() > LinesMax).Select(Short));

    private static IEnumerable<string> Matches(string folder, Regex pattern) =>
        from path in Repository.SourcesOf(folder)
        where Path.GetFileName(path) != "SourceTests.cs" // the patterns themselves
        from match in pattern.Matches(File.ReadAllText(path))
        select $"{Short(path)}: {match.Value.Trim()}";

    private static string Short(string path) => Path.GetRelativePath(Repository.Root, path);

    [GeneratedRegex(@"DateTime(Offset)?\.(Utc)?Now|Guid\.(NewGuid|CreateVersion7)\(\)|new Random\(|Random\.Shared|Environment\.TickCount|Stopwatch\.")]
    private static partial Regex FromTheAir();

    [GeneratedRegex(@"catch\s*(\([^)]*\))?\s*\{\s*\}")]
    private static partial Regex Swallowed();

    [GeneratedRegex(@"Thread\.Sleep|await Task\.Delay\(|Skip\s*=\s*""")]
    private static partial Regex Sleeps();

    [GeneratedRegex(@"EventId = (\d+)")]
    private static partial Regex EventId();
}
