using Google.Protobuf.Reflection;

namespace Broker.Conventions;

/// <summary>What lies on disk is read for ever: fields are added, never changed, moved or used again.</summary>
public sealed class LogFieldsTests
{
    private static string Frozen => Path.Combine(Repository.Root, "tests", "Broker.Conventions", "log-fields.txt");

    [Fact]
    public void No_field_of_the_logs_has_changed()
    {
        var frozen = File.ReadAllLines(Frozen).Where(line => line.Length > 0).ToList();
        var today = Fields().Order(StringComparer.Ordinal).ToList();
        Assert.Empty(frozen.Except(today).Select(line => $"gone or changed: {line}"));
        Assert.True(today.Count == frozen.Count, $"New fields: add them to {Frozen}:{Environment.NewLine}{string.Join(Environment.NewLine, today.Except(frozen))}");
    }

    private static IEnumerable<string> Fields() =>
        from type in typeof(Protos.Log.V1.PartitionEvent).Assembly.GetTypes()
        where type.Namespace == "Broker.Protos.Log.V1" && type.Name.EndsWith("Reflection", StringComparison.Ordinal)
        let file = (FileDescriptor)type.GetProperty("Descriptor")!.GetValue(null)!
        from message in file.MessageTypes.SelectMany(WithNested)
        from field in message.Fields.InDeclarationOrder()
        select $"{message.FullName}.{field.Name} = {field.FieldNumber} {(field.IsRepeated ? "repeated " : "")}{field.FieldType}";

    private static IEnumerable<MessageDescriptor> WithNested(MessageDescriptor message) => message.NestedTypes.SelectMany(WithNested).Prepend(message);
}
