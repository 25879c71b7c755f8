using Broker.Gateway.Errors;
using Broker.Gateway.Parsing;
using Grpc.Core;

namespace Broker.Gateway.Identity;

/// <summary>Reads the tenant from a request's resource name.</summary>
/// <remarks>A name that cannot be read is INVALID_ARGUMENT before any tenant is looked at, so it tells nobody anything.</remarks>
internal static class Tenants
{
    public static Tenant Platform(string field, string? name) =>
        ResourceNames.ParsePlatform(name) is { } platform ? new(platform) : throw Malformed(field, ResourceNames.PlatformFormat);

    public static Tenant PlatformOrAll(string field, string? name) =>
        name == ResourceNames.AllPlatforms ? new("-") : Platform(field, name);

    public static Tenant Partner(string field, string? name) =>
        ResourceNames.ParsePartner(name) is { } partner ? new(Partner: partner) : throw Malformed(field, ResourceNames.PartnerFormat);

    public static Tenant Deal(string field, string? name) =>
        ResourceNames.ParseDeal(name) is { } deal ? new(deal.Platform, deal.Deal) : throw Malformed(field, ResourceNames.DealFormat);

    public static Tenant Dataset(string field, string? name) =>
        ResourceNames.ParseDataset(name) is { } dataset ? new(dataset.Platform) : throw Malformed(field, ResourceNames.DatasetFormat);

    public static Tenant User(string field, string? name) =>
        ResourceNames.ParseUser(name) is { } user ? new(user.Platform, User: user.User) : throw Malformed(field, ResourceNames.UserFormat);

    public static Tenant Recall(string field, string? name) =>
        ResourceNames.ParseRecall(name) is { } recall ? new(recall.Deal.Platform, recall.Deal.Deal) : throw Malformed(field, ResourceNames.RecallFormat);

    public static Tenant Log(string field, string? name) =>
        ResourceNames.ParseLog(name) is { } platform ? new(platform) : throw Malformed(field, ResourceNames.LogFormat);

    private static RpcException Malformed(string field, string format) => RpcErrors.InvalidField(field, $"Format: {format}.");
}
