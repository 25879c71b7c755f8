using System.Globalization;
using Broker.Protos.V1;
using Record = Broker.Protos.V1.Record;

namespace Broker.Cli.Demo;

/// <summary>A small made-up community: who writes what, the same at every run.</summary>
internal sealed class DemoCommunity
{
    private const int Users = 48;
    private const int RecordsPerUser = 24;

    // Somebody who writes a fifth of everything, as in real communities: so that a withdrawal can meet a pull in the middle.
    private const int Prolific = 3;
    private const int ProlificEvery = 5;
    private static readonly string[] Words =
    [
        "today", "the", "garden", "parser", "grew", "faster", "than", "we", "hoped", "and", "nobody", "knows", "why", "rain", "stopped", "before", "lunch", "again", "with", "bread",
    ];

    private static readonly string[] Regions = ["", "EU", "US", "GB", "CH", "", "BR", ""];

    private readonly DemoPlatform _platform;
    private readonly Random _random;

    /// <param name="platform">The platform that it is of.</param>
    public DemoCommunity(DemoPlatform platform)
    {
        _platform = platform;
        _random = new Random(platform.Id.Sum(letter => letter));
    }

    /// <summary>What the platform's export holds: records, and rows that were never public.</summary>
    public IEnumerable<ImportItem> Export()
    {
        for (var number = 0; number < Users * RecordsPerUser; number++)
        {
            if (number % 25 == 24) yield return new ImportItem { Refused = new RefusedItem { Reason = number % 2 == 0 ? ImportRefusalReason.Draft : ImportRefusalReason.Private, RecordId = $"draft-{number}" } };
            yield return new ImportItem { Record = RecordOf(number) };
        }
    }

    /// <summary>What the platform knows of its users: where they live, when they were told, what they decided.</summary>
    /// <param name="authors">The users; those of <see cref="Export"/> where none are given.</param>
    public IEnumerable<ConsentRow> Settings(IReadOnlyCollection<string>? authors = null)
    {
        foreach (var (number, user) in (authors ?? [.. Enumerable.Range(0, Users).Select(NameOf)]).Index())
        {
            var row = new ConsentRow { UserId = user, NotifiedTime = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(_platform.NotifiedAt) };
            if (Regions[number % Regions.Length] is { Length: > 0 } region) row.Jurisdiction = region;
            if (number % 8 == 5) row.Decision = Decision(ConsentChoice.Withdraw);
            if (number % 8 == 2) row.Decision = Decision(ConsentChoice.Grant);
            yield return row;
        }
    }

    private Record RecordOf(int number)
    {
        var kind = _platform.Kinds.Where(kind => kind != RecordKind.Media).ElementAt(number % _platform.Kinds.Count(kind => kind != RecordKind.Media));
        var user = NameOf(number % ProlificEvery == 0 ? Prolific : number % Users);
        var hasText = kind is RecordKind.Post or RecordKind.Comment;
        return new Record
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"{_platform.Id}-{number:D5}"),
            Author = user,
            Kind = kind,
            CreateTimeMs = _platform.EffectiveAt.AddDays(-400).AddHours(number).ToUnixTimeMilliseconds(),
            Language = "en",
            Text = hasText ? Sentence() : "",
            TargetId = hasText ? "" : string.Create(CultureInfo.InvariantCulture, $"{_platform.Id}-{_random.Next(Users * RecordsPerUser):D5}"),
            Licence = _platform.Id == DemoPlatforms.StackOverflow ? "CC-BY-SA-4.0" : "",
            Attribution = user,
        };
    }

    private ConsentDecision Decision(ConsentChoice choice) => new()
    {
        Purposes = { Purpose.FoundationModelTraining },
        Kinds = { _platform.Kinds },
        Choice = choice,
        MadeTime = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(_platform.NotifiedAt.AddDays(3)),
        Source = ConsentSource.SettingsImport,
    };

    private string Sentence() => string.Join(' ', Enumerable.Range(0, 6 + _random.Next(20)).Select(_ => Words[_random.Next(Words.Length)]));

    private static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"user-{number:D2}");
}
