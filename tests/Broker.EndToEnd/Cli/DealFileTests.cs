using System.Text;
using Broker.Cli;
using Broker.Cli.Files;
using Broker.Cli.Output;
using Broker.Protos.V1;
using CsCheck;
using Google.Protobuf.WellKnownTypes;

namespace Broker.EndToEnd.Cli;

public sealed class DealFileTests
{
    private const string Good =
        """
        {
          "partner": "lab",
          "scope": {
            "datasets": ["posts"],
            "kinds": ["post", "comment"],
            "purposes": ["foundation-model-training"]
          },
          "price": { "per": "record", "amount": "0.0015", "currency": "USD" },
          "limits": [
            { "of": "records", "per": "term", "amount": 1000000 },
            { "of": "money", "per": "month", "amount": "5000.00" }
          ],
          "start": "2026-01-01T00:00:00Z",
          "end": "2027-01-01T00:00:00-05:00"
        }
        """;

    private static readonly Gen<Timestamp> AnyTime = Gen.Long[0, 3_000_000_000_000_0].Select(ticks => DateTimeOffset.UnixEpoch.AddTicks(ticks * 1_000).ToTimestamp());

    private static readonly Gen<Timestamp?> AnyTimeOrNone = Gen.Bool.SelectMany(isThere => isThere ? AnyTime.Select(time => (Timestamp?)time) : Gen.Const((Timestamp?)null));

    private static readonly Gen<string> AnyText = Gen.String[Gen.Char['a', 'z'], 1, 12];

    private static readonly Gen<Scope> AnyScope = Gen.Select(
        AnyText.Array[1, 3], Some<RecordKind>(), Some<Purpose>(), AnyText.Array[0, 3], AnyTimeOrNone, AnyTimeOrNone, Some<RecordField>(), Gen.Int[0, 3],
        (datasets, kinds, purposes, languages, from, before, fields, flags) => new Scope
        {
            Datasets = { datasets.Select(dataset => $"platforms/x/datasets/{dataset}") },
            Kinds = { kinds },
            Purposes = { purposes },
            Languages = { languages },
            CreatedFrom = from,
            CreatedBefore = before,
            DroppedFields = { fields.Take(1) },
            PseudonymisedFields = { fields.Skip(1) },
            IsAttributionRequired = (flags & 1) != 0,
            IsFollowAllowed = (flags & 2) != 0,
        });

    private static readonly Gen<QuotaLimit> AnyLimit = Gen.Select(One<QuotaMeasure>(), One<QuotaWindow>(), Gen.Long, (measure, window, amount) => new QuotaLimit { Measure = measure, Window = window, Amount = amount });

    private static readonly Gen<ContractTerms> AnyTerms = Gen.Select(
        AnyScope, One<PriceUnit>(), Gen.Long, AnyLimit.Array[0, 5], AnyTime, AnyTime, Gen.Int[0, 100_000], Gen.Bool,
        (scope, unit, micros, limits, start, end, deadline, deletes) => new ContractTerms
        {
            Scope = scope,
            Price = new Price { Unit = unit, Amount = new Money { Micros = micros, CurrencyCode = "USD" } },
            Limits = { limits },
            StartTime = start,
            EndTime = end,
            TimeZone = deletes ? "Europe/Dublin" : "",
            RecallDeadline = deadline == 0 ? null : Duration.FromTimeSpan(TimeSpan.FromSeconds(deadline)),
            IsDeletedAtEnd = deletes,
            Tokenizer = deletes ? "" : "o200k_base",
        });

    [Fact]
    public void Whatever_terms_are_written_are_read_back() => Gen.Select(AnyText, AnyTerms).Sample((partner, terms) =>
    {
        var file = new DealFile(partner, terms);
        Assert.Equal(file, DealFile.Read("deal.json", Encoding.UTF8.GetBytes(file.Write()), "x"));
    });

    [Fact]
    public void A_file_says_what_its_terms_say()
    {
        var file = Read(Good);
        Assert.Equal("lab", file.Partner);
        Assert.Equal(["platforms/x/datasets/posts"], file.Terms.Scope.Datasets);
        Assert.Equal((PriceUnit.Record, 1_500L), (file.Terms.Price.Unit, file.Terms.Price.Amount.Micros));
        Assert.Equal([(QuotaMeasure.Records, 1_000_000L), (QuotaMeasure.Money, 5_000_000_000L)], file.Terms.Limits.Select(limit => (limit.Measure, limit.Amount)));
        Assert.Equal(new DateTimeOffset(2027, 1, 1, 5, 0, 0, TimeSpan.Zero), file.Terms.EndTime.ToDateTimeOffset());
        Assert.Null(file.Terms.RecallDeadline);
    }

    [Theory]
    [InlineData("\"lab\"", "5", 2, "partner", "a string is needed")]
    [InlineData("\"comment\"", "\"tweet\"", 5, "scope.kinds[1]", "tweet is none of: post, comment")]
    [InlineData("\"comment\"", "7", 5, "scope.kinds[1]", "words are needed")]
    [InlineData("[\"posts\"]", "\"posts\"", 4, "scope.datasets", "a list of strings is needed")]
    [InlineData("\"purposes\"", "\"purpose\"", 6, "scope.purpose", "no such field here; there are: datasets")]
    [InlineData("\"purposes\"", "\"purpose\"", 3, "scope.purposes", "is needed, and missing")]
    [InlineData("\"0.0015\"", "\"0.00000001\"", 8, "price.amount", "finer than a millionth")]
    [InlineData("\"0.0015\"", "\"10000000000000\"", 8, "price.amount", "too large")]
    [InlineData("\"0.0015\"", "0.0015", 8, "price.amount", "in a string")]
    [InlineData("\"0.0015\"", "null", 8, "price.amount", "in a string")]
    [InlineData("1000000", "10000000000000000000", 10, "limits[0].amount", "too large")]
    [InlineData("1000000", "1.5", 10, "limits[0].amount", "a whole number is needed")]
    [InlineData("1000000", "1e6", 10, "limits[0].amount", "a whole number is needed")]
    [InlineData("\"5000.00\"", "\"five\"", 11, "limits[1].amount", "a decimal number is needed")]
    [InlineData("{ \"of\": \"money\"", "[{ \"of\": \"money\"", 13, "", "")]
    [InlineData("\"2026-01-01T00:00:00Z\"", "\"2026-01-01\"", 13, "start", "a time is needed")]
    [InlineData("\"2026-01-01T00:00:00Z\"", "\"2026-01-01T00:00:00\"", 13, "start", "a time is needed")]
    [InlineData("\"2026-01-01T00:00:00Z\"", "\"2026-02-30T00:00:00Z\"", 13, "start", "a time is needed")]
    [InlineData("\"partner\": \"lab\"", "\"delete_at_end\": \"yes\"", 2, "delete_at_end", "true or false is needed")]
    [InlineData("\"partner\": \"lab\"", "\"recall_deadline\": \"a day\"", 2, "recall_deadline", "a length of time is needed")]
    [InlineData("\"partner\": \"lab\"", "\"start\": \"2026-01-01T00:00:00Z\"", 13, "", "\"start\" is named twice")]
    [InlineData("\"lab\",", "\"lab\"", 3, "", "")]
    public void A_fault_is_told_with_file_line_and_field(string good, string bad, int line, string field, string description)
    {
        var error = Assert.Throws<CliException>(() => Read(Good.Replace(good, bad, StringComparison.Ordinal))).Error;
        Assert.Equal(ExitCode.DataError, error.Exit);
        var place = field.Length == 0 ? $"deal.json:{line}" : $"deal.json:{line}: {field}";
        Assert.Contains(error.Fields, fault => fault.Field == place && fault.Description.Contains(description, StringComparison.Ordinal));
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var error = Assert.Throws<CliException>(() => Read("""{ "scope": {}, "price": 1, "start": 2, "colour": 3 }""")).Error;
        Assert.Equal(
            ["scope.datasets", "scope.kinds", "scope.purposes", "price", "start", "end", "colour"],
            error.Fields.Select(fault => fault.Field[(fault.Field.LastIndexOf(' ') + 1)..]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{} {}")]
    [InlineData("{\"a\": \"\\ud800\"}")]
    [InlineData("// no\n{}")]
    [InlineData("{\"a\": \"\u0001\"}")]
    public void What_is_no_object_of_json_is_refused(string text) => Assert.Equal(ExitCode.DataError, Assert.Throws<CliException>(() => Read(text)).Error.Exit);

    [Fact]
    public void Bytes_that_are_no_text_and_depths_without_end_are_refused()
    {
        Assert.Throws<CliException>(() => DealFile.Read("deal.json", [(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}'], "x"));
        Assert.Throws<CliException>(() => DealFile.Read("deal.json", [(byte)'{', (byte)'"', (byte)'a', (byte)'"', (byte)':', (byte)'"', 0xFF, (byte)'"', (byte)'}'], "x"));
        Assert.Throws<CliException>(() => Read(string.Concat(Enumerable.Repeat("{\"a\":", 100_000))));
    }

    [Fact]
    public void Whatever_bytes_come_the_answer_is_terms_or_an_error_that_names_the_file() => Gen.Select(Gen.Int[0, Good.Length - 1], Gen.Byte, Gen.Int[0, 20]).Sample((place, value, cut) =>
    {
        var bytes = Encoding.UTF8.GetBytes(Good);
        bytes[place] = value;
        try
        {
            Assert.NotNull(DealFile.Read("deal.json", bytes.AsSpan(0, bytes.Length - cut), "x").Terms);
        }
        catch (CliException refused)
        {
            Assert.NotEmpty(refused.Error.Fields);
            Assert.All(refused.Error.Fields, fault => Assert.StartsWith("deal.json:", fault.Field, StringComparison.Ordinal));
        }
    });

    [Fact]
    public async Task A_file_that_is_missing_or_too_large_ends_with_9()
    {
        Assert.Equal(ExitCode.DataError, (await CliRun.Of("deal", "propose", "x/d", "--file", "/nonexistent.json")).Exit);
        var large = Path.GetTempFileName();
        await File.WriteAllTextAsync(large, new string(' ', 2_000_000));
        var run = await CliRun.Of("deal", "propose", "x/d", "--file", large);
        File.Delete(large);
        Assert.Equal(ExitCode.DataError, run.Exit);
        Assert.Contains("at most 1,048,576", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_example_of_the_documentation_can_be_read()
    {
        var document = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot(), "docs", "deal-file.md"));
        var example = document.Split("```json\n")[1].Split("```")[0];
        Assert.Equal("lab", Read(example).Partner);
    }

    private static string RepositoryRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Broker.sln"))) directory = directory.Parent;
        return directory.FullName;
    }

    private static DealFile Read(string text) => DealFile.Read("deal.json", Encoding.UTF8.GetBytes(text), "x");

    private static Gen<T> One<T>()
        where T : struct, System.Enum => Gen.Int[1, System.Enum.GetValues<T>().Length - 1].Select(number => (T)System.Enum.ToObject(typeof(T), number));

    private static Gen<T[]> Some<T>()
        where T : struct, System.Enum => One<T>().Array[1, 3].Select(values => values.Distinct().ToArray());
}
