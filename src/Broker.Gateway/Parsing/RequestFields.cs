using System.Security.Cryptography;
using Broker.Domain.Consents;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Gateway.Errors;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace Broker.Gateway.Parsing;

/// <summary>Reads a request's fields and remembers each that is wrong, so that the caller learns of all at once.</summary>
/// <remarks>A reader answers a stand-in where a field is wrong; <see cref="ThrowIfAnyIsWrong"/> comes before anything is done.</remarks>
public sealed class RequestFields
{
    private BadRequest? _bad; // only where a field is wrong: an import reads each of its rows by one of these

    /// <summary>Most characters of a name for people.</summary>
    public const int DisplayNameMax = 200;

    /// <summary>The wrong fields so far.</summary>
    public IReadOnlyList<BadRequest.Types.FieldViolation> Wrong => _bad is null ? [] : _bad.FieldViolations;

    /// <summary>Remembers a wrong field.</summary>
    public void Refuse(string field, string description) =>
        (_bad ??= new()).FieldViolations.Add(new BadRequest.Types.FieldViolation { Field = field, Description = description });

    /// <summary>Throws where a field is wrong.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT with every wrong field.</exception>
    public void ThrowIfAnyIsWrong()
    {
        if (_bad is null) return;
        var message = string.Join(" ", _bad.FieldViolations.Select(violation => $"{violation.Field}: {violation.Description}"));
        throw RpcErrors.Create(Code.InvalidArgument, "INVALID_VALUE", message, _bad);
    }

    /// <summary>An id of ours.</summary>
    public string Id(string field, string id) => Check(ResourceNames.IsId(id), id, field, $"{ResourceNames.IdFormat}.");

    /// <summary>A platform's id of a user or a record.</summary>
    public string PlatformId(string field, string id) =>
        Check(ResourceNames.IsPlatformId(id), id, field, $"1 to {ResourceNames.PlatformIdBytesMax} UTF-8 bytes.");

    /// <summary>The platform's id out of a name.</summary>
    public string Platform(string field, string name) => Named(field, ResourceNames.ParsePlatform(name), ResourceNames.PlatformFormat);

    /// <summary>The partner's id out of a name.</summary>
    public string Partner(string field, string name) => Named(field, ResourceNames.ParsePartner(name), ResourceNames.PartnerFormat);

    /// <summary>A deal.</summary>
    public DealName Deal(string field, string name) => Named(field, ResourceNames.ParseDeal(name), ResourceNames.DealFormat);

    /// <summary>A dataset.</summary>
    public DatasetName Dataset(string field, string name) => Named(field, ResourceNames.ParseDataset(name), ResourceNames.DatasetFormat);

    /// <summary>A user.</summary>
    public UserName User(string field, string name) => Named(field, ResourceNames.ParseUser(name), ResourceNames.UserFormat);

    /// <summary>A recall.</summary>
    public RecallName Recall(string field, string name) => Named(field, ResourceNames.ParseRecall(name), ResourceNames.RecallFormat);

    /// <summary>A request's id (AIP-155): a UUID other than the one of zeros.</summary>
    public string RequestId(string id, string field = "request_id")
    {
        if (Guid.TryParseExact(id, "D", out var uuid) && uuid != Guid.Empty) return uuid.ToString("D");
        Refuse(field, "A UUID like 7f1b6a3e-0b1c-4d5e-8f90-123456789abc; the same one when the call is repeated.");
        return "";
    }

    /// <summary>A text for people.</summary>
    public string Text(string field, string text, int max) =>
        Check(text.Length >= 1 && text.Length <= max && !text.Any(char.IsControl), text, field, $"1 to {max} characters, none of them a control character.");

    /// <summary>A whole number in a range.</summary>
    public long InRange(string field, long value, long min, long max)
    {
        if (value >= min && value <= max) return value;
        Refuse(field, $"{min} to {max}.");
        return min;
    }

    /// <summary>A page's size; 0 means the default.</summary>
    public int PageSize(int size, int max, int unspecified) => size == 0 ? unspecified : (int)InRange("page_size", size, 1, max);

    /// <summary>A time that has to be there.</summary>
    public DateTimeOffset Time(string field, Timestamp? time)
    {
        if (time is not null) return OptionalTime(field, time) ?? default;
        Refuse(field, "Give a time.");
        return default;
    }

    /// <summary>A time, or null.</summary>
    public DateTimeOffset? OptionalTime(string field, Timestamp? time)
    {
        if (time is null) return null;
        try
        {
            return time.ToDateTimeOffset();
        }
        catch (InvalidOperationException)
        {
            Refuse(field, "A time between the years 1 and 9999, nanoseconds 0 to 999,999,999.");
            return null;
        }
    }

    /// <summary>A span, or the default.</summary>
    public TimeSpan Span(string field, Duration? span, TimeSpan min, TimeSpan max, TimeSpan unspecified)
    {
        if (span is null) return unspecified;
        var seconds = span.Seconds + (span.Nanos / 1e9);
        if (seconds >= min.TotalSeconds && seconds <= max.TotalSeconds) return span.ToTimeSpan();
        Refuse(field, $"{min.TotalSeconds} s to {max.TotalSeconds} s.");
        return unspecified;
    }

    /// <summary>Kinds, each once.</summary>
    public RecordKinds Kinds(string field, IReadOnlyList<Protos.V1.RecordKind> kinds, bool emptyMeansAll = false)
    {
        if (kinds.Count == 0 && emptyMeansAll) return RecordKinds.All;
        CheckSet(field, kinds);
        var all = RecordKinds.None;
        for (var index = 0; index < kinds.Count; index++) all |= ((RecordKind)kinds[index]).ToSet();
        return all & RecordKinds.All;
    }

    /// <summary>Purposes, each once.</summary>
    public Purposes Purposes(string field, IReadOnlyList<Protos.V1.Purpose> purposes, bool emptyMeansAll = false)
    {
        if (purposes.Count == 0 && emptyMeansAll) return Domain.Consents.Purposes.All;
        CheckSet(field, purposes);
        var all = Domain.Consents.Purposes.None;
        for (var index = 0; index < purposes.Count; index++) all |= ((Purpose)purposes[index]).ToSet();
        return all & Domain.Consents.Purposes.All;
    }

    /// <summary>Fields of records, each once; none is fine.</summary>
    public RecordFields Fields(string field, IReadOnlyList<Protos.V1.RecordField> fields)
    {
        if (fields.Count > 0) CheckSet(field, fields);
        return fields.Aggregate(RecordFields.None, (all, one) => all | RecordValues.ToDomain(one));
    }

    /// <summary>A value of an enumeration, not the unspecified one.</summary>
    public T Defined<T>(string field, T value)
        where T : struct, System.Enum =>
        Check(IsDefined(value), value, field, "Name a known value.");

    /// <summary>SHA-256 of a request, its id left out: by it a repeat is told from another request under the same id.</summary>
    public static byte[] DigestOf(IMessage requestWithoutId) => SHA256.HashData(requestWithoutId.ToByteArray());

    private void CheckSet<T>(string field, IReadOnlyList<T> values)
        where T : struct, System.Enum
    {
        if (values.Count == 0) Refuse(field, "Name at least one.");
        else if (!AreDefined(values)) Refuse(field, "Name known values only.");
        else if (HasRepeats(values)) Refuse(field, "Name each once.");
    }

    private static bool AreDefined<T>(IReadOnlyList<T> values)
        where T : struct, System.Enum
    {
        for (var index = 0; index < values.Count; index++)
            if (!IsDefined(values[index]))
                return false;
        return true;
    }

    // Each is compared with each: there are few, or one repeats.
    private static bool HasRepeats<T>(IReadOnlyList<T> defined)
        where T : struct, System.Enum
    {
        if (defined.Count > Members<T>.Count) return true;
        for (var index = 1; index < defined.Count; index++)
            for (var earlier = 0; earlier < index; earlier++)
                if (EqualityComparer<T>.Default.Equals(defined[earlier], defined[index]))
                    return true;
        return false;
    }

    private static bool IsDefined<T>(T value)
        where T : struct, System.Enum => System.Enum.IsDefined(value) && !EqualityComparer<T>.Default.Equals(value, default);

    private T Check<T>(bool isGood, T value, string field, string description)
    {
        if (!isGood) Refuse(field, description);
        return value;
    }

    private T Named<T>(string field, T? parsed, string format)
        where T : struct
    {
        if (parsed is { } name) return name;
        Refuse(field, $"Format: {format}.");
        return default;
    }

    private string Named(string field, string? parsed, string format)
    {
        if (parsed is not null) return parsed;
        Refuse(field, $"Format: {format}.");
        return "";
    }

    private static class Members<T>
        where T : struct, System.Enum
    {
        public static readonly int Count = System.Enum.GetValues<T>().Length;
    }
}
