using System.Text.Json;
using Broker.Cli.Files;
using Broker.Cli.Output;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;
using Google.Protobuf.WellKnownTypes;

namespace Broker.Cli.Commands;

/// <summary>Reads one line of a consent file.</summary>
/// <param name="isMadeTimeKnown">Whether a decision without a time of its own has one: the file's.</param>
internal sealed class ConsentImportRow(bool isMadeTimeKnown)
{
    /// <summary>The fields' names, for the help.</summary>
    public const string Fields =
        "user (the platform's id; required), decision (grant or withdraw), purpose and kind (a word or a list of words; absent means all), made_at, "
        + "partner (for this one only), notified_at (when the user was told of the newest policy), jurisdiction (IE, US-CA, EU)";

    private const string TimeForm = "a time is needed, like 2026-01-31T00:00:00Z or 2026-01-31T00:00:00-05:00";

    private static readonly string[] Known = ["user", "decision", "purpose", "kind", "made_at", "partner", "notified_at", "jurisdiction"];

    private readonly List<FieldFault> _faults = [];
    private LocatedJson _line = null!;

    /// <summary>What is wrong with the line that was read last.</summary>
    public IReadOnlyList<FieldFault> Faults => _faults;

    /// <summary>The line's row; null where something is wrong with it.</summary>
    public ConsentRow? Read(ReadOnlySpan<byte> utf8)
    {
        _faults.Clear();
        try
        {
            _line = LocatedJson.Parse(utf8);
        }
        catch (LocatedJsonException wrong)
        {
            Fault("", wrong.Message);
            return null;
        }

        if (_line.Kind != JsonValueKind.Object) Fault("", "an object is needed: { ... }");
        foreach (var (name, _) in _line.Members.Where(member => !Known.Contains(member.Key))) Fault(name, $"no such field here; there are: {string.Join(", ", Known)}");
        var row = new ConsentRow { UserId = User(), Decision = Decision(), NotifiedTime = Time("notified_at"), Jurisdiction = Text("jurisdiction") };
        if (row is { Decision: null, NotifiedTime: null, Jurisdiction: "" } && _faults.Count == 0) Fault("", "it says nothing: give a decision, a notice or a jurisdiction");
        return _faults.Count == 0 ? row : null;
    }

    private string User()
    {
        var user = Text("user");
        if (user.Length == 0 && _faults.All(fault => fault.Field != "user")) Fault("user", "the platform's id of the user is needed");
        else if (user.Length > 0 && !ResourceNames.IsPlatformId(user)) Fault("user", $"1 to {ResourceNames.PlatformIdBytesMax} UTF-8 bytes");
        return user;
    }

    private ConsentDecision? Decision()
    {
        var choice = Word<ConsentChoice>("decision");
        var decision = new ConsentDecision { Choice = choice ?? default, Purposes = { List<Purpose>("purpose") }, Kinds = { List<RecordKind>("kind") }, MadeTime = Time("made_at"), Partner = Partner() };
        if (choice is not null)
        {
            if (Find("made_at") is null && !isMadeTimeKnown) Fault("made_at", "when it was decided is needed; or say with --as-of as of when the file is");
            return decision;
        }

        foreach (var name in new[] { "purpose", "kind", "made_at", "partner" })
            if (Find(name) is not null && Find("decision") is null)
                Fault(name, "it goes with a decision, and there is none");
        return null;
    }

    private string Partner()
    {
        var partner = Text("partner");
        var id = ResourceNames.ParsePartner(partner) ?? partner;
        if (partner.Length > 0 && !ResourceNames.IsId(id)) Fault("partner", "a partner's id is needed, like openai or partners/openai");
        return partner.Length == 0 ? "" : ResourceNames.Partner(id);
    }

    private T? Word<T>(string name)
        where T : struct, System.Enum => Find(name) is { } found ? Word<T>(name, found) : null;

    private T? Word<T>(string name, LocatedJson found)
        where T : struct, System.Enum
    {
        if (found.Kind == JsonValueKind.String && Words.Parse<T>(found.Text) is { } known) return known;
        Fault(name, $"one of these is needed: {string.Join(", ", Words.All<T>())}");
        return null;
    }

    private IEnumerable<T> List<T>(string name)
        where T : struct, System.Enum
    {
        if (Find(name) is not { } found) return [];
        var items = found.Kind == JsonValueKind.Array ? found.Items : [found];
        if (items.Count == 0) Fault(name, "an empty list says nothing; leave it out for all");
        return [.. items.Select(item => Word<T>(name, item)).OfType<T>().Distinct()];
    }

    private Timestamp? Time(string name)
    {
        if (Find(name) is not { } found) return null;
        if (found.Kind == JsonValueKind.String && JsonFields.TryTime(found.Text) is { } time) return time.ToTimestamp();
        Fault(name, TimeForm);
        return null;
    }

    private string Text(string name)
    {
        if (Find(name) is not { } found) return "";
        if (found.Kind == JsonValueKind.String) return found.Text;
        Fault(name, "a string is needed");
        return "";
    }

    private LocatedJson? Find(string name) => _line.Members.FirstOrDefault(member => member.Key == name).Value;

    private void Fault(string field, string description) => _faults.Add(new FieldFault(field, description));
}
