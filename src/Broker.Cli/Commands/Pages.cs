namespace Broker.Cli.Commands;

/// <summary>Reads lists to their end.</summary>
internal static class Pages
{
    /// <summary>The most that every list gives at once.</summary>
    public const int Size = 1_000;

    /// <summary>Every item of a list.</summary>
    /// <param name="readAsync">Reads the page of a token; of the empty one, the first.</param>
    /// <param name="take">A page's items, and the token of the next one: empty at the end.</param>
    public static async Task<IReadOnlyList<TItem>> AllAsync<TPage, TItem>(
        Func<string, Task<TPage>> readAsync, Func<TPage, (IEnumerable<TItem> Items, string NextToken)> take)
    {
        var all = new List<TItem>();
        var token = "";
        do
        {
            var (items, next) = take(await readAsync(token));
            all.AddRange(items);
            token = next;
        }
        while (token.Length > 0);
        return all;
    }
}
