using Broker.Domain.Consents;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;

namespace Broker.Gateway.Parsing;

/// <summary>Kinds, purposes and fields between the wire and the rules. Their numbers are the same on both sides where they count one by one.</summary>
public static class RecordValues
{
    /// <summary>A field of the wire in the rules' set.</summary>
    public static RecordFields ToDomain(Protos.V1.RecordField field) => field switch
    {
        Protos.V1.RecordField.Author => RecordFields.Author,
        Protos.V1.RecordField.Language => RecordFields.Language,
        Protos.V1.RecordField.Title => RecordFields.Title,
        Protos.V1.RecordField.Text => RecordFields.Text,
        Protos.V1.RecordField.TargetId => RecordFields.TargetId,
        Protos.V1.RecordField.Licence => RecordFields.Licence,
        Protos.V1.RecordField.Attribution => RecordFields.Attribution,
        _ => RecordFields.None,
    };

    /// <summary>The fields of a set on the wire.</summary>
    public static IEnumerable<Protos.V1.RecordField> ToWire(this RecordFields fields) =>
        Enum.GetValues<Protos.V1.RecordField>().Where(field => (ToDomain(field) & fields) != 0);

    /// <summary>The kinds of a set on the wire.</summary>
    public static IEnumerable<Protos.V1.RecordKind> ToWire(this RecordKinds kinds) => kinds.Members().Select(kind => (Protos.V1.RecordKind)kind);

    /// <summary>The purposes of a set on the wire.</summary>
    public static IEnumerable<Protos.V1.Purpose> ToWire(this Purposes purposes) => purposes.Members().Select(purpose => (Protos.V1.Purpose)purpose);
}
