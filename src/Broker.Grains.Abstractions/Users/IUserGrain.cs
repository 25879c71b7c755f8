using Broker.Domain;
using Broker.Domain.Consents;
using Broker.Grains.Deals;
using Broker.Grains.Partitions;

namespace Broker.Grains.Users;

/// <summary>One person: a short-lived face of what their partition holds. Key: <c>{platform}/{user id}</c>.</summary>
public interface IUserGrain : IGrainWithStringKey
{
    /// <inheritdoc cref="IPartitionGrain.DecideAsync"/>
    [ResponseTimeout("00:01:00")]
    Task<Refusal?> DecideAsync(ConsentDecision decision, bool isDated, Caller caller);

    /// <inheritdoc cref="IPartitionGrain.GetConsentAsync"/>
    Task<ConsentView?> GetConsentAsync();

    /// <inheritdoc cref="IPartitionGrain.RemoveRecordAsync"/>
    [ResponseTimeout("00:01:00")]
    Task<Refusal?> RemoveRecordAsync(string dataset, string recordId);

    /// <inheritdoc cref="IPartitionGrain.EraseUserAsync"/>
    [ResponseTimeout("00:01:00")]
    Task<Refusal?> EraseAsync();

    /// <inheritdoc cref="IPartitionGrain.ReportAsync"/>
    Task<UserReport?> ReportAsync();
}
