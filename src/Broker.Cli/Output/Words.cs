using System.Collections.Frozen;
using System.Reflection;
using Google.Protobuf.Reflection;

namespace Broker.Cli.Output;

/// <summary>The words that people write for the values of the protos' enums: <c>PURPOSE_FINE_TUNING</c> is <c>fine-tuning</c>.</summary>
internal static class Words
{
    /// <summary>A value's word; its number where this program does not know it.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum =>
        Table<T>.ByValue.TryGetValue(value, out var word) ? word : value.ToString("D");

    /// <summary>Several values' words.</summary>
    public static string Of<T>(IEnumerable<T> values)
        where T : struct, Enum => string.Join(", ", values.Select(Of));

    /// <summary>Every word but the one for "unspecified".</summary>
    public static IReadOnlyList<string> All<T>()
        where T : struct, Enum => Table<T>.Spoken;

    /// <summary>The value of a word, or null.</summary>
    public static T? Parse<T>(string word)
        where T : struct, Enum =>
        Table<T>.Spoken.Contains(word) ? Table<T>.ByValue.First(entry => entry.Value == word).Key : null;

    private static class Table<T>
        where T : struct, Enum
    {
        public static readonly FrozenDictionary<T, string> ByValue = typeof(T).GetFields(BindingFlags.Public | BindingFlags.Static)
            .ToFrozenDictionary(field => (T)field.GetValue(null)!, field => WordOf(field.GetCustomAttribute<OriginalNameAttribute>()!.Name));

        public static readonly IReadOnlyList<string> Spoken = [.. ByValue.OrderBy(entry => entry.Key).Select(entry => entry.Value).Where(word => word != "unspecified")];

        private static string WordOf(string original)
        {
            var prefix = string.Concat(typeof(T).Name.Select((letter, index) => index > 0 && char.IsUpper(letter) ? $"_{letter}" : $"{letter}")) + "_";
            var name = original.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? original[prefix.Length..] : original;
            return name.ToLowerInvariant().Replace('_', '-');
        }
    }
}
