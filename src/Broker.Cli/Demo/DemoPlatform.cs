using Broker.Protos.V1;

namespace Broker.Cli.Demo;

/// <summary>A platform as its public announcements describe it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Announcement">What it announced, in one sentence.</param>
/// <param name="EffectiveAt">From when its policy applies.</param>
/// <param name="Kinds">Kinds that may be licensed.</param>
/// <param name="NoticeDays">How long a notice runs before the default speaks for who did not object.</param>
/// <param name="ExcludedRegions">Regions whose users are left out.</param>
/// <param name="Deals">The deals that are reported.</param>
internal sealed record DemoPlatform(
    string Id,
    string Name,
    string Announcement,
    DateTimeOffset EffectiveAt,
    IReadOnlyList<RecordKind> Kinds,
    int NoticeDays,
    IReadOnlyList<string> ExcludedRegions,
    IReadOnlyList<DemoDeal> Deals)
{
    /// <summary>The platform's resource name.</summary>
    public string ResourceName => $"platforms/{Id}";

    /// <summary>Its one dataset.</summary>
    public string Dataset => $"{ResourceName}/datasets/public";

    /// <summary>When its users were told: a full notice before the policy applies.</summary>
    public DateTimeOffset NotifiedAt => EffectiveAt.AddDays(-NoticeDays);

    /// <summary>Its policy.</summary>
    /// <param name="objectionChannel">Where users object; a policy without it is refused.</param>
    public Policy PolicyWith(string objectionChannel) => new()
    {
        Kinds = { Kinds },
        Purposes = { Purpose.FoundationModelTraining },
        EffectiveTime = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(EffectiveAt),
        DefaultRule = new JurisdictionRule { Regime = Regime.OptOut, NoticeDays = NoticeDays },
        JurisdictionRules = { ExcludedRegions.Select(region => new JurisdictionRule { Jurisdiction = region, Regime = Regime.Excluded }) },
        ObjectionChannel = objectionChannel,
    };
}

/// <summary>A deal as it is reported.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Partner">The partner's id.</param>
/// <param name="PartnerName">The partner's name.</param>
/// <param name="Report">What is reported of it.</param>
/// <param name="Kinds">What it licenses.</param>
/// <param name="Price">Its price.</param>
/// <param name="RecordsMax">Records that may be pulled in its term.</param>
/// <param name="Awaits">What it needs and is not built yet, or null.</param>
internal sealed record DemoDeal(
    string Id, string Partner, string PartnerName, string Report, IReadOnlyList<RecordKind> Kinds, Price Price, long RecordsMax, string? Awaits = null);
