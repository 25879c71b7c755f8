using Broker.Domain.Deals;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Gateway.Parsing;
using Wire = Broker.Protos.V1;

namespace Broker.Gateway.Pulls;

/// <summary>Reads what a pull asks for of its deal's scope.</summary>
internal static class FilterParser
{
    private const string Outside = "The contract in force does not license it.";
    private const int DatasetsMax = 1_000;
    private const int LanguagesMax = 100;
    private const int LanguageMax = 64;

    /// <summary>The filter, and in <paramref name="fields"/> what is wrong with it; null where it leaves nothing out.</summary>
    public static PullFilter? Parse(RequestFields fields, DealName deal, Wire.PullFilter? filter)
    {
        if (filter is null) return null;
        var parsed = new PullFilter
        {
            Datasets = [.. Datasets(fields, deal, filter.Datasets).Order(StringComparer.Ordinal)],
            Kinds = filter.Kinds.Count == 0 ? RecordKinds.None : fields.Kinds("filter.kinds", filter.Kinds),
            Languages = [.. Languages(fields, filter.Languages).Order(StringComparer.Ordinal)],
            CreatedFromMs = Milliseconds(fields.OptionalTime("filter.created_from", filter.CreatedFrom)),
            CreatedBeforeMs = Milliseconds(fields.OptionalTime("filter.created_before", filter.CreatedBefore)),
        };
        if (parsed.CreatedFromMs >= parsed.CreatedBeforeMs) fields.Refuse("filter.created_before", "The window ends before it starts.");
        return parsed.IsEverything ? null : parsed;
    }

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: it asks for what the contract does not license.</exception>
    public static void RequireWithin(PullFilter filter, Scope scope)
    {
        var fields = new RequestFields();
        foreach (var dataset in filter.Datasets.Where(dataset => !scope.Datasets.Contains(dataset))) fields.Refuse("filter.datasets", $"{dataset}: {Outside}");
        foreach (var kind in (filter.Kinds & ~scope.Kinds).Members()) fields.Refuse("filter.kinds", $"{kind}: {Outside}");
        foreach (var language in filter.Languages.Where(language => !scope.Languages.IsEmpty && !scope.Languages.Contains(language)))
            fields.Refuse("filter.languages", $"{language}: {Outside}");
        if (!filter.Languages.IsEmpty && (scope.Fields.Plain & RecordFields.Language) == 0)
            fields.Refuse("filter.languages", "The contract withholds the language of records; who asks by it would learn it.");
        if (filter.CreatedFromMs < scope.CreatedFrom?.ToUnixTimeMilliseconds()) fields.Refuse("filter.created_from", $"The contract begins at {scope.CreatedFrom:O}.");
        if (filter.CreatedBeforeMs > scope.CreatedBefore?.ToUnixTimeMilliseconds()) fields.Refuse("filter.created_before", $"The contract ends at {scope.CreatedBefore:O}.");
        fields.ThrowIfAnyIsWrong();
    }

    private static List<string> Datasets(RequestFields fields, DealName deal, IReadOnlyList<string> names)
    {
        if (names.Count > DatasetsMax || names.Distinct().Count() != names.Count) fields.Refuse("filter.datasets", $"At most {DatasetsMax}, each once.");
        var datasets = new List<string>();
        for (var index = 0; index < names.Count; index++)
        {
            var field = $"filter.datasets[{index}]";
            var name = fields.Dataset(field, names[index]);
            if (name.Platform is { } named && named != deal.Platform) fields.Refuse(field, "It is another platform's than the deal's.");
            datasets.Add(name.Dataset ?? "");
        }

        return datasets;
    }

    private static IReadOnlyList<string> Languages(RequestFields fields, IReadOnlyList<string> languages)
    {
        if (languages.Count > LanguagesMax || languages.Distinct().Count() != languages.Count || languages.Any(tag => tag.Length is < 2 or > LanguageMax || tag.Any(char.IsUpper)))
            fields.Refuse("filter.languages", $"At most {LanguagesMax} BCP 47 tags in lower case, each once.");
        return languages;
    }

    private static long? Milliseconds(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds();
}
