namespace Broker.Connectors.WordPress;

/// <summary>What an export's head says: the site's language and its authors.</summary>
internal sealed class WordPressSite(ConnectorOptions options)
{
    private const int AuthorsMax = 100_000; // about 20 MB of logins and names; a site with more has its export split
    private const int NameCharactersMax = 256;
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _numbers = new(StringComparer.Ordinal);
    private readonly Dictionary<long, string> _logins = [];
    private bool _someWithoutNumber;

    /// <summary>Whether the file has said that it is an export.</summary>
    public bool IsExport { get; set; }

    /// <summary>Whether an item has come: no author may come any more, for items were judged without them.</summary>
    public bool HeadIsOver { get; set; }

    /// <summary>The site's language, or empty.</summary>
    public string Language { get; private set; } = LanguageTag.Normalise(options.Language ?? "") ?? "";

    /// <summary>Takes the channel's language, unless the options name one or it is no tag.</summary>
    public void SetLanguage(string? value)
    {
        if (options.Language is null) Language = LanguageTag.Normalise(value ?? "") ?? "";
    }

    /// <summary>Takes an author.</summary>
    /// <returns>What is wrong with the file, or null.</returns>
    public string? AddAuthor(string? login, string? name, long? number)
    {
        if (HeadIsOver) return "An author comes after the first item.";
        login = login?.Trim() ?? "";
        if (login.Length is 0 or > NameCharactersMax) return null; // no item can name such an author
        if (_names.Count == AuthorsMax) return $"The file has more than {AuthorsMax} authors.";
        _names[login] = ShownName(name) ?? (IsAddress(login) ? "" : login);
        if (number is { } n) (_numbers[login], _logins[n]) = (n, login);
        else _someWithoutNumber = true;
        return null;
    }

    /// <summary>The user of a post: the account with this login, if there is one.</summary>
    /// <remarks>An export lists every author of its posts. One that is not in the list is no account (a name that was
    /// mistyped or removed), and nobody could consent for it. Only an old export (1.0) lists none.</remarks>
    public string? UserOfLogin(string login)
    {
        if (login.Length == 0 || (_names.Count > 0 && !_names.ContainsKey(login))) return null;
        if (!IsAddress(login)) return login;
        return _numbers.TryGetValue(login, out var number) ? ByNumber(number) : null;
    }

    /// <summary>The user of a comment: the account with this number, if it can be told who that is.</summary>
    /// <remarks>A person must have one id, or a withdrawal under one would not stop what stands under the other. So where
    /// the list of authors gives numbers, a number that is not in it is somebody who wrote no post here, and the number
    /// itself is the id. Where it gives none (wordpress.com's older exports), the number may be any of the authors, and the
    /// comment has no owner that can be told. The name and the e-mail in a comment are what a visitor typed: no account.</remarks>
    public string? UserOfNumber(long number)
    {
        if (options.AccountLogins.TryGetValue(number, out var known)) return IsAddress(known) ? ByNumber(number) : known;
        if (_logins.TryGetValue(number, out var login)) return UserOfLogin(login);
        return _someWithoutNumber ? null : ByNumber(number);
    }

    /// <summary>The name to credit an author by, or empty.</summary>
    public string NameOf(string login) => _names.GetValueOrDefault(login) ?? (IsAddress(login) ? "" : login);

    /// <summary>An id as it stands in the dataset.</summary>
    public string Scoped(string id) => options.Scoped(id);

    /// <summary>A name as it may be shown; null for none, and for an e-mail address used as a name (WordPress proposes the
    /// login as name, and shops make the address the login).</summary>
    public static string? ShownName(string? name) =>
        name?.Trim() is { Length: > 0 and <= NameCharactersMax } shown && !IsAddress(shown) ? shown : null;

    // No login has a '~': WordPress strips it. So this is never another person's login.
    private static string ByNumber(long number) => $"user~{number}";

    private static bool IsAddress(string name) => name.Contains('@', StringComparison.Ordinal);
}
