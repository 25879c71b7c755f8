using Broker.Domain.Releases;

namespace Broker.Gateway.Pulls;

/// <summary>The rows of one message: several runs in the order of the grant, never of two datasets.</summary>
/// <param name="Dataset">The dataset's id; empty where there are no rows.</param>
/// <param name="Runs">The rows.</param>
internal sealed record MessagePart(string Dataset, IReadOnlyList<OpenedRows> Runs)
{
    /// <summary>The only part of a slice of which consent left nothing.</summary>
    public static readonly MessagePart Empty = new("", []);

    /// <summary>Rows.</summary>
    public int Rows { get; } = Runs.Sum(run => run.To - run.From);

    /// <summary>Cuts a slice's rows into messages; one at least.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="policy">What counts as bytes of a field.</param>
    /// <param name="bounds">How much goes into one.</param>
    public static IReadOnlyList<MessagePart> Cut(IReadOnlyList<OpenedRows> rows, FieldPolicy policy, MessageBounds bounds)
    {
        var parts = new List<MessagePart>();
        var (runs, rowsLeft, bytesLeft) = (new List<OpenedRows>(), bounds.Rows, (long)bounds.Bytes);
        foreach (var run in rows)
        {
            if (runs.Count > 0 && runs[^1].Content.Dataset != run.Content.Dataset) Close();
            for (var from = run.From; from < run.To;)
            {
                var to = EndOf(run with { From = from }, policy, rowsLeft, bytesLeft, isFirst: runs.Count == 0);
                if (to > from)
                {
                    runs.Add(run with { From = from, To = to });
                    rowsLeft -= to - from;
                    bytesLeft -= run.Content.BytesOf(from, to, policy);
                    from = to;
                }

                if (from < run.To) Close(); // it did not fit whole: this message is full
            }
        }

        if (runs.Count > 0 || parts.Count == 0) Close();
        return parts;

        void Close()
        {
            parts.Add(runs.Count == 0 ? Empty : new MessagePart(runs[0].Content.Dataset, runs));
            (runs, rowsLeft, bytesLeft) = ([], bounds.Rows, bounds.Bytes);
        }
    }

    /// <summary>How far a run fits into what is left of a message; a message that has nothing yet takes one row, however large.</summary>
    private static int EndOf(OpenedRows run, FieldPolicy policy, int rowsLeft, long bytesLeft, bool isFirst)
    {
        var fits = isFirst ? run.From + 1 : run.From;
        var end = Math.Min(run.To, run.From + rowsLeft);
        if (run.Content.BytesOf(run.From, end, policy) <= bytesLeft) return Math.Max(fits, end);
        // Between what fits and what does not: the bytes of a run grow with it.
        while (fits + 1 < end)
        {
            var middle = fits + ((end - fits) / 2);
            if (run.Content.BytesOf(run.From, middle, policy) <= bytesLeft) fits = middle;
            else end = middle;
        }

        return fits;
    }
}

/// <summary>How much goes into one message.</summary>
/// <param name="Rows">Most rows.</param>
/// <param name="Bytes">Most bytes of fields; one record may be larger.</param>
internal readonly record struct MessageBounds(int Rows, int Bytes);
