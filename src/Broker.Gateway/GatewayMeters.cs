namespace Broker.Gateway;

/// <summary>What a host collects of the gateway's metrics.</summary>
public static class GatewayMeters
{
    /// <summary>The meter's name.</summary>
    public const string Name = Pulls.PullMeter.Name;
}
