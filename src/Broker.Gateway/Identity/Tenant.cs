namespace Broker.Gateway.Identity;

/// <summary>Whose data a request speaks of.</summary>
/// <param name="Platform">The platform's id; null where the request speaks of none; <c>-</c> for all that the caller may see.</param>
/// <param name="Deal">The deal's id in that platform, or null.</param>
/// <param name="Partner">The partner's id where the request names it, or null.</param>
/// <param name="User">The platform's id of the user, or null.</param>
public readonly record struct Tenant(string? Platform = null, string? Deal = null, string? Partner = null, string? User = null)
{
    /// <summary>The request speaks of no tenant; the method shows each caller their own only.</summary>
    public static readonly Tenant None;

    /// <summary>The request speaks of every platform at once: for those only who belong to none.</summary>
    public static readonly Tenant Whole = new("-");
}
