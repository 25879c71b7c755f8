using Broker.Protos.V1;

namespace Broker.Cli.Demo;

/// <summary>Six platforms, with the policies that they announced and the deals that are reported. The people and their posts are made up.</summary>
internal static class DemoPlatforms
{
    /// <summary>Takes a Stack Exchange dump where one is given.</summary>
    public const string StackOverflow = "stack-overflow";

    /// <summary>Takes a WordPress export where one is given.</summary>
    public const string WordPress = "wordpress";

    /// <summary>Announced a policy without a way to object.</summary>
    public const string X = "x";

    private const int NoticeDays = 30;
    private static readonly RecordKind[] Texts = [RecordKind.Post, RecordKind.Comment];
    private static readonly RecordKind[] Images = [RecordKind.Media];
    private static readonly RecordKind[] TextsAndImages = [RecordKind.Post, RecordKind.Comment, RecordKind.Media];

    /// <summary>Them, in the order of the demo.</summary>
    public static IReadOnlyList<DemoPlatform> All { get; } =
    [
        new(X, "X", "posts, likes and bookmarks go to third parties for training from 15 November, with no way to opt out",
            Day(2024, 11, 15), [RecordKind.Post, RecordKind.Like, RecordKind.Bookmark], NoticeDays, [],
            [new("collaborator", "collaborator", "third-party collaborator", "no partner and no price are named", [RecordKind.Post, RecordKind.Like, RecordKind.Bookmark], Flat(0), 5_000)]),
        new("reddit", "Reddit", "posts and comments are licensed for training",
            Day(2024, 3, 22), Texts, NoticeDays, [],
            [new("google", "google", "Google", "$60M a year, flat", Texts, Flat(60_000_000), 5_000)]),
        new(StackOverflow, "Stack Overflow", "questions and answers are licensed with attribution (CC BY-SA)",
            Day(2024, 6, 5), [RecordKind.Post, RecordKind.Comment, RecordKind.Bookmark], NoticeDays, [],
            [
                new("google", "google", "Google", "metered", Texts, PerRecord(2_000), 2_000),
                new("openai", "openai", "OpenAI", "metered", Texts, PerRecord(2_500), 2_000),
            ]),
        new("tumblr", "Tumblr", "public posts go to OpenAI and Midjourney; opted-out blogs are left out",
            Day(2024, 3, 28), TextsAndImages, NoticeDays, [],
            [
                new("openai", "openai", "OpenAI", "price not public", Texts, Flat(0), 5_000),
                new("midjourney", "midjourney", "Midjourney", "price not public", Images, Flat(0), 5_000, "images: no connector reads them yet"),
            ]),
        new(WordPress, "WordPress", "public posts go to OpenAI and Midjourney; opted-out sites are left out",
            Day(2024, 3, 28), TextsAndImages, NoticeDays, [],
            [
                new("openai", "openai", "OpenAI", "price not public", Texts, Flat(0), 5_000),
                new("midjourney", "midjourney", "Midjourney", "price not public", Images, Flat(0), 5_000, "images: no connector reads them yet"),
            ]),
        new("linkedin", "LinkedIn", "members' posts train models of LinkedIn and its affiliates; there is an opt-out setting, and some regions are left out",
            Day(2024, 11, 20), Texts, NoticeDays, ["CH", "EU", "GB"],
            [new("microsoft", "microsoft", "Microsoft", "an affiliate; no price is named", Texts, Flat(0), 5_000)]),
    ];

    private static DateTimeOffset Day(int year, int month, int day) => new(year, month, day, 0, 0, 0, TimeSpan.Zero);

    private static Price Flat(long dollars) => new() { Unit = PriceUnit.Term, Amount = Dollars(dollars * 1_000_000) };

    private static Price PerRecord(long micros) => new() { Unit = PriceUnit.Record, Amount = Dollars(micros) };

    private static Money Dollars(long micros) => new() { CurrencyCode = "USD", Micros = micros };
}
