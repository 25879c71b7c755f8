using System.Buffers.Text;
using System.Text;

namespace Broker.Gateway.Parsing;

/// <summary>Page tokens (AIP-158): opaque to callers; here the last name of the page before, base64url.</summary>
public static class PageTokens
{
    private const int LengthMax = 64 * 1024;

    /// <summary>The token after a name; empty for an empty one.</summary>
    public static string After(string last) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(last));

    /// <summary>What a token stands for; empty for the first page.</summary>
    public static string Parse(RequestFields fields, string token)
    {
        var isReadable = token.Length <= LengthMax && Base64Url.IsValid(token);
        if (isReadable) return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token));
        fields.Refuse("page_token", "Send next_page_token of the page before, or nothing.");
        return "";
    }

    /// <summary>One page of an ordered list of names, and the token of the next.</summary>
    public static (IReadOnlyList<T> Page, string NextToken) Cut<T>(IEnumerable<T> ordered, Func<T, string> nameOf, string after, int size)
    {
        var rest = ordered.SkipWhile(item => string.CompareOrdinal(nameOf(item), after) <= 0).Take(size + 1).ToList();
        if (rest.Count <= size) return (rest, "");
        rest.RemoveAt(size);
        return (rest, After(nameOf(rest[^1])));
    }
}
