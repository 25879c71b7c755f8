using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using System.Text;
using Broker.Domain.Consents;

namespace Broker.Grains.Tests.States;

/// <summary>All that a state holds, field by field, as text: what a snapshot forgets is missing in it, whichever field is added to a state.</summary>
/// <remarks>Dictionaries and sets are sorted. Left out is what no entry says: caches, opened rows, spare room, and a bound that may be higher after a snapshot.</remarks>
internal static class StateText
{
    private static readonly ImmutableHashSet<string> NotOfTheLog = ["_openRows", "_rows", "_openCounts", "_counts", "_defaults", "_plain", "_youngest", "<OfferPosition>k__BackingField"];

    public static string Of(object state)
    {
        var text = new StringBuilder();
        Write(text, state, 0);
        return text.ToString();
    }

    private static void Write(StringBuilder text, object? value, int depth)
    {
        switch (value)
        {
            case null: text.Append("null"); break;
            case string or bool or Enum: text.Append(CultureInfo.InvariantCulture, $"'{value}'"); break;
            case DateTimeOffset time: text.Append(CultureInfo.InvariantCulture, $"{time.UtcTicks}"); break;
            case IFormattable number when value.GetType().IsPrimitive || value is TimeSpan: text.Append(number.ToString(null, CultureInfo.InvariantCulture)); break;
            case IDictionary or not string and IEnumerable: WriteMany(text, (IEnumerable)value, depth); break;
            default: WriteFields(text, value, depth); break;
        }
    }

    private static void WriteMany(StringBuilder text, IEnumerable values, int depth)
    {
        var type = values.GetType();
        // A default immutable array is an empty one.
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>) && (bool)type.GetProperty("IsDefault")!.GetValue(values)!) values = Array.Empty<int>();
        var items = values.Cast<object?>().Select(item =>
        {
            var one = new StringBuilder();
            Write(one, item, depth + 1);
            return one.ToString();
        });
        var isUnordered = values is IDictionary || type.GetInterfaces().Any(known => known.IsGenericType && known.GetGenericTypeDefinition() == typeof(ISet<>));
        text.Append('[').AppendJoin(", ", isUnordered ? items.Order(StringComparer.Ordinal) : items).Append(']');
    }

    private static void WriteFields(StringBuilder text, object value, int depth)
    {
        text.Append(value.GetType().Name).Append('{');
        for (var type = value.GetType(); type is not null && type != typeof(object); type = type.BaseType)
        {
            foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                if (NotOfTheLog.Contains(field.Name)) continue;
                text.Append('\n').Append(' ', depth).Append(field.Name).Append(' ');
                Write(text, value is ConsentBook book ? WithoutSpareRoom(book, field.GetValue(value)) : field.GetValue(value), depth + 1);
            }
        }

        text.Append('}');
    }

    private static object? WithoutSpareRoom(ConsentBook book, object? field) => field switch
    {
        ushort[] column => column[..book.UserCount],
        long[] column => column[..book.UserCount],
        _ => field,
    };
}
