using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Broker.Cli.Output;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;
using Google.Protobuf.WellKnownTypes;

namespace Broker.Cli.Files;

/// <summary>The terms of a deal in a file; <c>docs/deal-file.md</c> describes it.</summary>
/// <param name="Partner">The partner's id; empty where the file names none.</param>
/// <param name="Terms">The terms, as far as the file says; which of them may be proposed is the node's business.</param>
internal sealed record DealFile(string Partner, ContractTerms Terms)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="platform">The deal's platform: datasets are named by their ids.</param>
    /// <exception cref="CliException">It cannot be read, or has wrong fields.</exception>
    public static DealFile Read(string path, string platform) => JsonFile.Read(path, fields => Read(fields, platform));

    /// <summary>Reads bytes of a file.</summary>
    /// <param name="path">What errors call it.</param>
    /// <param name="utf8">The document.</param>
    /// <param name="platform">The deal's platform.</param>
    /// <exception cref="CliException">It has wrong fields.</exception>
    public static DealFile Read(string path, ReadOnlySpan<byte> utf8, string platform) => JsonFile.Read(path, utf8, fields => Read(fields, platform));

    /// <summary>The document that <see cref="Read(string, string)"/> reads back as this.</summary>
    public string Write()
    {
        var document = new JsonObject();
        if (Partner.Length > 0) document["partner"] = Partner;
        document["scope"] = Write(Terms.Scope ?? new Scope());
        document["price"] = new JsonObject
        {
            ["per"] = Words.Of(Terms.Price.Unit),
            ["amount"] = Amount.ToDecimal(Terms.Price.Amount.Micros),
            ["currency"] = Terms.Price.Amount.CurrencyCode,
        };
        document["limits"] = new JsonArray([.. Terms.Limits.Select(Write)]);
        document["start"] = TimeOf(Terms.StartTime);
        document["end"] = TimeOf(Terms.EndTime);
        if (Terms.TimeZone.Length > 0) document["time_zone"] = Terms.TimeZone;
        if (Terms.RecallDeadline is { } deadline) document["recall_deadline"] = Commands.Durations.Of(deadline.ToTimeSpan());
        if (Terms.IsDeletedAtEnd) document["delete_at_end"] = true;
        if (Terms.Tokenizer.Length > 0) document["tokenizer"] = Terms.Tokenizer;
        return document.ToJsonString(Indented);
    }

    private static DealFile Read(JsonFields fields, string platform) => new(
        fields.Text("partner", isRequired: false),
        new ContractTerms
        {
            Scope = fields.Object("scope", scope => ReadScope(scope, platform), new Scope()),
            Price = fields.Object("price", ReadPrice, new Price()),
            Limits = { fields.ObjectList("limits", ReadLimit) },
            StartTime = fields.Time("start", isRequired: true),
            EndTime = fields.Time("end", isRequired: true),
            TimeZone = fields.Text("time_zone", isRequired: false),
            RecallDeadline = fields.Length("recall_deadline"),
            IsDeletedAtEnd = fields.Flag("delete_at_end"),
            Tokenizer = fields.Text("tokenizer", isRequired: false),
        });

    private static Scope ReadScope(JsonFields fields, string platform) => new()
    {
        Datasets = { fields.TextList("datasets", isRequired: true).Select(dataset => ResourceNames.Dataset(platform, dataset)) },
        Kinds = { fields.WordList<RecordKind>("kinds", isRequired: true) },
        Purposes = { fields.WordList<Purpose>("purposes", isRequired: true) },
        Languages = { fields.TextList("languages", isRequired: false) },
        CreatedFrom = fields.Time("created_from", isRequired: false),
        CreatedBefore = fields.Time("created_before", isRequired: false),
        DroppedFields = { fields.WordList<RecordField>("drop", isRequired: false) },
        PseudonymisedFields = { fields.WordList<RecordField>("pseudonymise", isRequired: false) },
        IsAttributionRequired = fields.Flag("attribution_required"),
        IsFollowAllowed = fields.Flag("follow_allowed"),
    };

    private static Price ReadPrice(JsonFields fields) => new()
    {
        Unit = fields.Word<PriceUnit>("per"),
        Amount = new Money { Micros = fields.Micros("amount"), CurrencyCode = fields.Text("currency") },
    };

    // Money is written as money, everything else as a count.
    private static QuotaLimit ReadLimit(JsonFields fields)
    {
        var measure = fields.Word<QuotaMeasure>("of");
        return new QuotaLimit
        {
            Measure = measure,
            Window = fields.Word<QuotaWindow>("per"),
            Amount = measure == QuotaMeasure.Money ? fields.Micros("amount") : fields.Whole("amount"),
        };
    }

    private static JsonObject Write(Scope scope)
    {
        var document = new JsonObject
        {
            ["datasets"] = new JsonArray([.. scope.Datasets.Select(name => (JsonNode)(ResourceNames.ParseDataset(name)?.Dataset ?? name))]),
            ["kinds"] = ListOf(scope.Kinds),
            ["purposes"] = ListOf(scope.Purposes),
        };
        if (scope.Languages.Count > 0) document["languages"] = new JsonArray([.. scope.Languages.Select(tag => (JsonNode)tag)]);
        if (scope.CreatedFrom is { } from) document["created_from"] = TimeOf(from);
        if (scope.CreatedBefore is { } before) document["created_before"] = TimeOf(before);
        if (scope.DroppedFields.Count > 0) document["drop"] = ListOf(scope.DroppedFields);
        if (scope.PseudonymisedFields.Count > 0) document["pseudonymise"] = ListOf(scope.PseudonymisedFields);
        if (scope.IsAttributionRequired) document["attribution_required"] = true;
        if (scope.IsFollowAllowed) document["follow_allowed"] = true;
        return document;
    }

    private static JsonNode Write(QuotaLimit limit) => new JsonObject
    {
        ["of"] = Words.Of(limit.Measure),
        ["per"] = Words.Of(limit.Window),
        ["amount"] = limit.Measure == QuotaMeasure.Money ? Amount.ToDecimal(limit.Amount) : limit.Amount,
    };

    private static JsonArray ListOf<T>(IEnumerable<T> values)
        where T : struct, System.Enum => new([.. values.Select(one => (JsonNode)Words.Of(one))]);

    private static string TimeOf(Timestamp time) =>
        time.ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
