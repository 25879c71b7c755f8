namespace Broker.Gateway.Identity;

/// <summary>Says whose a deal is.</summary>
public interface ITenantResolver
{
    /// <summary>The partner's id of a deal; null where there is no such deal.</summary>
    ValueTask<string?> PartnerOfDealAsync(string platform, string deal);
}
