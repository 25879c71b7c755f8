namespace Broker.Gateway.Identity;

/// <summary>Whether a caller may do what a policy speaks of.</summary>
internal static class AccessRules
{
    private static readonly Roles[] Each =
        [Roles.PlatformAdmin, Roles.Business, Roles.Approver, Roles.Partner, Roles.User, Roles.Operator, Roles.Auditor];

    /// <summary>Whether one of the caller's roles both stands in the policy and belongs to the request's tenant.</summary>
    /// <remarks>Roles do not add up: a platform's admin who is also a partner's engineer is each where each belongs.</remarks>
    public static async ValueTask<bool> MayCallAsync(VerifiedCaller caller, Roles allowed, Tenant tenant, ITenantResolver resolver)
    {
        foreach (var role in Each)
            if ((caller.Roles & allowed & role) != 0 && await IsTenantAsync(caller, role, tenant, resolver))
                return true;
        return false;
    }

    private static async ValueTask<bool> IsTenantAsync(VerifiedCaller caller, Roles role, Tenant tenant, ITenantResolver resolver)
    {
        if (tenant == Tenant.None) return true;
        return role switch
        {
            Roles.Partner => await IsPartnerAsync(caller, tenant, resolver),
            Roles.User => tenant.Platform == caller.Platform && tenant.Partner is null && (tenant.User is null || tenant.User == caller.User),
            Roles.Operator or Roles.Auditor => caller.Platform is null || tenant.Platform == caller.Platform || tenant.Partner is not null,
            _ => tenant.Platform == caller.Platform || tenant.Partner is not null,
        };
    }

    // Partners see the lists of platforms through their own deals only: the method filters.
    private static async ValueTask<bool> IsPartnerAsync(VerifiedCaller caller, Tenant tenant, ITenantResolver resolver)
    {
        if (caller.Partner is null) return false;
        if (tenant.Partner is { } named) return named == caller.Partner;
        if (tenant.Deal is not { } deal) return true;
        return await resolver.PartnerOfDealAsync(tenant.Platform!, deal) == caller.Partner;
    }
}
